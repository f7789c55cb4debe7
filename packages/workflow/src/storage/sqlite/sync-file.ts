import { closeSync, fsyncSync, openSync } from "node:fs";

/** Makes the content of a file durable. */
export function syncFile(path: string): void {
  const file = openSync(path, "r+");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Makes the names in a folder durable, where the system supports it. */
export function syncFolder(path: string): void {
  let folder: number | undefined;
  try {
    folder = openSync(path, "r");
    fsyncSync(folder);
  } catch {
    // Windows cannot open a folder, and some file systems cannot sync one.
  } finally {
    if (folder !== undefined) closeSync(folder);
  }
}
