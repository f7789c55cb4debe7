import { existsSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { pathArgument } from "../command.js";
import { type DbOptions, databasePath, shownPath } from "../database.js";
import type { CliIo } from "../io.js";

/**
 * A path beside the database at which nothing exists yet, as the user would type it: `name`, else
 * `name-2`, and so on.
 */
export function freePathBeside(io: CliIo, options: DbOptions, name: string): string {
  return freePath(io, join(dirname(databasePath(io, options)), name));
}

/** The path itself if nothing exists there; otherwise with a number before its extension. */
export function freePath(io: CliIo, path: string): string {
  const extension = extname(path);
  const stem = path.slice(0, path.length - extension.length);
  for (let number = 1; ; number += 1) {
    const free = number === 1 ? path : `${stem}-${number}${extension}`;
    if (!existsSync(free)) return pathArgument(shownPath(io, free));
  }
}
