import { isDeepStrictEqual } from "node:util";
import type { JournalEntry } from "@automatosx/schemas";
import {
  omitUndefined,
  type StoragePort,
  type StoredDefinition,
} from "@automatosx/workflow/hosting";
import type { RowPart } from "../wire.js";

/**
 * Returns the rows of a run in a database after an entry, at most about `maxChars` of them. The
 * last part has the row of the run after it: that on the server may be older or newer.
 */
export function readStoredParts(
  storage: StoragePort,
  runId: string,
  afterSeq: number,
  maxChars: number,
): { readonly parts: readonly RowPart[]; readonly hasMore: boolean } {
  const before = storage.getRun(runId);
  if (before === undefined) return { parts: [], hasMore: false };
  const entries: JournalEntry[] = [];
  let chars = 0;
  let hasMore = false;
  for (const entry of storage.readJournal(runId, afterSeq)) {
    if (chars >= maxChars) {
      hasMore = true;
      break;
    }
    entries.push(entry);
    chars += entry.payload.length + 100;
  }
  if (entries.length === 0) return { parts: [], hasMore };
  const run = hasMore ? undefined : rowOf(storage.getRun(runId));
  // A worker has written meanwhile: the entries may be older than the row, or newer.
  if (run !== undefined && !isDeepStrictEqual(run, rowOf(before))) hasMore = true;
  const definitions = entries.flatMap((entry) => definitionOf(storage, entry));
  return {
    parts: [
      {
        ...{ afterSeq, entries },
        ...(definitions.length > 0 && { definitions }),
        ...(run !== undefined && !hasMore && { run }),
      },
    ],
    hasMore,
  };
}

type StoredRun = NonNullable<ReturnType<StoragePort["getRun"]>>;

function rowOf(run: StoredRun | undefined): RowPart["run"] {
  if (run === undefined) return undefined;
  const { state, status, updatedAt, error, errorCode, finishedAt } = run;
  const { pauseReason, wakeAt, used } = run;
  return {
    ...{ state, status, updatedAt },
    ...omitUndefined({ error, errorCode, finishedAt, pauseReason, wakeAt, used }),
  };
}

function definitionOf(storage: StoragePort, entry: JournalEntry): readonly StoredDefinition[] {
  if (entry.type !== "definition_changed") return [];
  const { definitionHash } = JSON.parse(entry.payload) as { readonly definitionHash: string };
  const found = storage.getWorkflow(definitionHash);
  return found === undefined ? [] : [found];
}
