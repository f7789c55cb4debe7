import { shortId } from "@automatosx/run-view";
import { call } from "../../client/call.js";
import type { RunStore } from "../../client/RunStore.js";
import { announce } from "../../shell/announce.js";
import { problemOf } from "../../shell/load.js";

const ENTRIES_PER_REQUEST = 5000;
/** For how long the address of the file stays valid, in ms. */
const KEPT_MS = 60_000;

/** Downloads the journal of a run: one entry a line, as JSON. */
export async function exportJournal({ runId }: Pick<RunStore, "runId">): Promise<void> {
  const parts: string[] = [];
  let after = 0;
  try {
    for (;;) {
      const { entries, head } = await call("journal", {
        params: { run: runId },
        query: { after, limit: ENTRIES_PER_REQUEST },
      });
      parts.push(entries.map(lineOf).join(""));
      after = entries.at(-1)?.[0] ?? head;
      if (entries.length === 0 || after >= head) break;
    }
  } catch (error) {
    announce(`The journal cannot be exported: ${problemOf(error).message}`);
    return;
  }
  const href = URL.createObjectURL(new Blob(parts, { type: "application/x-ndjson" }));
  const link = document.createElement("a");
  link.href = href;
  link.download = `run-${shortId(runId)}.ndjson`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(href), KEPT_MS);
}

function lineOf([seq, type, at, stepId, attemptNumber, payload]: readonly [
  number,
  string,
  number,
  string | null,
  number | null,
  string,
]): string {
  const about = { seq, type, at, stepId, attemptNumber };
  return `${JSON.stringify(about).slice(0, -1)},"payload":${payload}}\n`;
}
