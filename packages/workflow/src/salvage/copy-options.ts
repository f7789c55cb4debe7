import { checkOptions } from "../checks/check-options.js";
import { path } from "../checks/option-checks.js";

/** Which database to copy, and where to. */
export interface CopyOptions {
  /** The path of an existing database. */
  readonly from: string;
  /** The path of a file that does not exist yet. */
  readonly to: string;
}

/** Throws `invalid_argument` unless both paths are given. */
export function checkCopyOptions(owner: string, options: unknown): void {
  checkOptions<CopyOptions>(owner, options, { from: path, to: path });
  path(options.from, "from");
  path(options.to, "to");
}
