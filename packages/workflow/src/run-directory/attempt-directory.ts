import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ignoreRejection } from "../message-of.js";
import { contentOfKept, type KeptFile } from "./kept-files.js";
import { restoreFile } from "./restore-file.js";

/** Returns the stored content of a file, encoded; undefined if it is missing. */
export type ReadKept = (file: KeptFile) => string | undefined | Promise<string | undefined>;

/**
 * Calls `perform` with the path of a directory for one attempt, on a host that does not have the
 * directory of the run. The files that completed steps have declared are in it. It is removed
 * afterwards. Throws if the content of a file is missing or damaged.
 */
export async function inAttemptDirectory<T>(
  kept: readonly KeptFile[],
  read: ReadKept,
  perform: (directory: string) => Promise<T>,
): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), "axw-attempt-"));
  try {
    for (const file of kept) {
      const stored = await read(file);
      await restoreFile(directory, file, () => contentOfKept(file, stored));
    }
    return await perform(directory);
  } finally {
    await rm(directory, { recursive: true, force: true }).catch(ignoreRejection);
  }
}
