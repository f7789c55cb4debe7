import { closeSync, openSync, readSync, statSync, writeSync } from "node:fs";

/** The descriptors that stay open, by device and inode. */
const kept = new Map<string, number>();

const CHUNK_BYTES = 1024 * 1024;

/**
 * Opens a database or the index of its log for reading, without SQLite. On POSIX systems, closing
 * any descriptor of a file releases all locks of the process on it, including those of SQLite. So
 * the descriptor is never closed, and is used again for the same file.
 */
export function openKept(path: string): number {
  const { dev, ino } = statSync(path, { bigint: true });
  const key = `${dev} ${ino}`;
  const file = kept.get(key) ?? openSync(path, "r");
  kept.set(key, file);
  return file;
}

/** Reads from a file; fewer bytes if it ends before. */
export function readAt(file: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(file, bytes, 0, length, at));
}

/** Copies a database to a new file, without releasing the locks of SQLite on it. */
export function copyKept(from: string, to: string): void {
  const [source, target] = [openKept(from), openSync(to, "w", 0o600)];
  try {
    for (let at = 0; ; ) {
      const chunk = readAt(source, at, CHUNK_BYTES);
      if (chunk.length === 0) return;
      for (let written = 0; written < chunk.length; ) written += writeSync(target, chunk, written);
      at += chunk.length;
    }
  } finally {
    closeSync(target);
  }
}
