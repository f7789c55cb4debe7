import { existsSync } from "node:fs";
import { shownPath } from "../database.js";
import type { CliIo } from "../io.js";
import { UsageError } from "../UsageError.js";
import { next } from "./actions.js";
import { freePath } from "./free-path.js";

/**
 * Refuses to write a new file over an existing one, and names a free path.
 *
 * @throws UsageError `invalid_argument`
 */
export function refuseTakenPath(
  io: CliIo,
  path: string,
  action: "salvage_database" | "back_up",
): void {
  if (!existsSync(path)) return;
  throw new UsageError(`${shownPath(io, path)} already exists, and is not overwritten.`, {
    remedy: "Choose another path.",
    next: next(action, "taken_path", { database: freePath(io, path) }),
  });
}
