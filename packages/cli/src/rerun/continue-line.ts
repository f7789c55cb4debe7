import type { StoredRun } from "@automatosx/workflow/observe";
import { type DbOptions, openToRead } from "../database.js";
import type { CliIo } from "../io.js";
import type { NextLine } from "../next/actions.js";
import { continueLine } from "../next/run-lines.js";

/** The `next` line that continues a run. */
export async function continueLineOf(
  io: CliIo,
  run: StoredRun,
  options: DbOptions,
): Promise<NextLine> {
  using storage = await openToRead(io, options);
  return continueLine(storage, run);
}
