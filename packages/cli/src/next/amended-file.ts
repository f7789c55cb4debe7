import type { StoragePort, StoredRun } from "@automatosx/workflow/observe";
import { placedRun } from "../copied-project.js";
import type { DbOptions } from "../database.js";
import { RunFiles } from "../file-state.js";
import type { CliIo } from "../io.js";
import type { NextLine } from "./actions.js";

/**
 * The line that continues a failed run with its workflow file, which has changed since. Undefined
 * if it has not.
 */
export async function lineForChangedFile(
  io: CliIo,
  storage: StoragePort,
  run: StoredRun,
  options: DbOptions,
): Promise<NextLine | undefined> {
  if (run.status !== "failed") return undefined;
  const placed = placedRun(io, options, run);
  const file = await new RunFiles(storage).stateOf(placed);
  if (file.state !== "changed" && file.state !== "invalid") return undefined;
  const { amendLine } = await import("../run-again.js");
  return amendLine(io, placed, file);
}
