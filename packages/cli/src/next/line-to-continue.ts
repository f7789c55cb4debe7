import type { StoragePort, StoredRun } from "@automatosx/workflow/observe";
import { placedRun } from "../copied-project.js";
import type { DbOptions } from "../database.js";
import { RunFiles } from "../file-state.js";
import type { CliIo } from "../io.js";
import { amendLine } from "../run-again.js";
import type { NextLine } from "./actions.js";
import { continueLine } from "./run-lines.js";

/**
 * The line that continues with a run, as `continueLine`. If the run has failed and its workflow
 * file has changed since, a resume would fail again in the same way, so the line amends the run
 * instead.
 */
export async function lineToContinue(
  io: CliIo,
  storage: StoragePort,
  stored: StoredRun,
  options: DbOptions,
): Promise<NextLine> {
  const again = stored.status === "failed" ? await lineForFile(io, storage, stored, options) : null;
  return again ?? continueLine(storage, stored);
}

async function lineForFile(
  io: CliIo,
  storage: StoragePort,
  stored: StoredRun,
  options: DbOptions,
): Promise<NextLine | undefined> {
  const run = placedRun(io, options, stored);
  const file = await new RunFiles(storage).stateOf(run);
  return amendLine(io, run, file);
}
