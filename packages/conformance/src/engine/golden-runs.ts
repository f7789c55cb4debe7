import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { RunReader, type StoragePort } from "@automatosx/workflow";
import type { GoldenRun } from "@automatosx/workflow/testing";

/** A database with unfinished runs of every construct of the language, of an older version. */
const GOLDEN = fileURLToPath(
  new URL("../../../reliability/golden/language/0.1.0-014.db.gz", import.meta.url),
);

/** Writes the golden database to a path. */
export function placeGoldenRuns(path: string): void {
  writeFileSync(path, gunzipSync(readFileSync(GOLDEN)));
}

/** The unfinished runs of a storage. */
export function unfinishedRuns(storage: StoragePort): readonly GoldenRun[] {
  const runs = storage.listRuns({}).filter(({ status }) => status !== "completed");
  return runs.map(({ runId }) => {
    const { definition, source, inputs, context } = RunReader.open(storage, runId).view.origin;
    return { runId, workflow: { definition, source }, inputs, context };
  });
}
