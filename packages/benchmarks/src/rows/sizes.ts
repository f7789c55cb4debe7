import { randomBytes } from "node:crypto";
import { statSync } from "node:fs";
import path from "node:path";
import { atMost, type Row, shorten } from "../row.ts";
import { chain, finish, openEngine } from "../workflows.ts";

const STEPS = 1000;
const RESULT_BYTES = 1024;

/**
 * Measures the disk space of 1,000 incompressible 1 KB results, including automatic checkpoints.
 */
export async function sizeRows(folder: string): Promise<Row[]> {
  const file = path.join(folder, "size.db");
  let withLog = 0;
  {
    await using engine = await openEngine(folder, "size", "full", {
      none: () => randomText(RESULT_BYTES),
    });
    await finish(engine, chain(STEPS));
    withLog = bytesOf(file, "", "-wal", "-shm");
  }
  const folded = bytesOf(file, "");
  return [
    atMost("size-folded", folded / (STEPS * RESULT_BYTES), 2, {
      unit: "× the results",
      note: `${shorten(folded / 1e6)} MB`,
      reason:
        "A row of 1 KB leaves part of its page of 4 KB empty; each step has a second event, " +
        "and hashes.",
    }),
    atMost("size-with-log", withLog / 1e6, 10, {
      unit: " MB",
      reason:
        "SQLite folds the log in every 1,000 pages of 4 KB, and does not shorten it while the " +
        "database is open.",
    }),
  ];
}

/** A random string that takes `length` bytes as JSON, including the quotes. */
export function randomText(length: number): string {
  return randomBytes(length)
    .toString("base64")
    .slice(0, length - 2);
}

/** The total size of the files named `file` plus each suffix, in bytes. */
export function bytesOf(file: string, ...endings: readonly string[]): number {
  return endings.reduce(
    (sum, ending) => sum + (statSync(file + ending, { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
}
