import { findRun } from "../journal/find-run.js";
import type { EngineParts } from "./EngineParts.js";
import { readEnding } from "./ended-run.js";
import type { RunEnding } from "./RunEnding.js";

/** Waits for the ending of a run that is active in this engine, or reads that of an ended one. */
export async function waitForRun(
  { runs, storage, recovery }: Pick<EngineParts, "runs" | "storage" | "recovery">,
  runId: string,
): Promise<RunEnding> {
  await runs.whenBegun(runId);
  await runs.whenUnclaimed(runId);
  const active = runs.get(runId);
  if (active !== undefined) return active.ending;
  const run = findRun(storage, runId);
  const handle = await recovery.queued(run.runId);
  return handle?.ending ?? readEnding(storage, findRun(storage, run.runId));
}
