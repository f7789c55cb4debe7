import { statSync } from "node:fs";

/** What distinguishes a file from a copy of it, and from another file at the same path. */
export interface FileIdentity {
  /** The id of the file system, as a decimal number. */
  readonly device: string;
  /** The number of the file in its file system, as a decimal number. */
  readonly inode: string;
}

/** Returns the identity of the file at a path, following symbolic links; undefined if missing. */
export function fileIdentity(path: string): FileIdentity | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? undefined : { device: String(found.dev), inode: String(found.ino) };
}
