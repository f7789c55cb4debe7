import { readFileSync } from "node:fs";
import { WorkflowError } from "../../errors.js";
import { FRAME_HEADER_BYTES, isLogHeader, LOG_HEADER_BYTES } from "./file-format.js";
import { frameStarts } from "./frame-starts.js";
import { LogChecksum } from "./LogChecksum.js";

/*
 * SQLite reads its log up to the first frame with a wrong checksum and treats that as the end. This
 * is correct after a power cut but not after a flipped bit: every later transaction would be lost
 * silently. The frames that follow show which of the two happened. Since each commit is synced
 * before the next begins, a power cut leaves at most one torn transaction, at the end.
 *
 * The format: https://www.sqlite.org/fileformat2.html#the_write_ahead_log
 */

/** A power cut does not leave more torn transactions at the end than this. */
const MAX_TORN = 1;

/** How many times to read a log that looks torn: another process may be writing it. */
const MAX_READS = 5;

/** The content of a log, up to the end that SQLite sees and after it. */
export interface LogTail {
  /** How many transactions SQLite reads. */
  readonly readable: number;
  /** How many further transactions the log contains that SQLite does not read. */
  readonly torn: number;
  readonly isHeaderDamaged: boolean;
}

/** Inspects the log of a database that is not open yet. A missing log counts as an empty one. */
export function inspectLog(path: string): LogTail {
  let tail = readTail(path);
  for (let reads = 1; (tail.torn > 0 || tail.isHeaderDamaged) && reads < MAX_READS; reads += 1)
    tail = readTail(path);
  return tail;
}

/** Returns whether the log has more damage than a power cut can explain. */
export function isDamaged({ torn, isHeaderDamaged }: LogTail): boolean {
  return isHeaderDamaged || torn > MAX_TORN;
}

/** Creates the error for a log in which SQLite would lose transactions. */
export function damagedLog(
  path: string,
  { readable, torn, isHeaderDamaged }: LogTail,
): WorkflowError {
  const what = isHeaderDamaged
    ? "its header does not match its checksum"
    : `the last ${torn} of its ${readable + torn} transactions cannot be read`;
  return new WorkflowError(
    "database_unusable",
    `The log ${path}-wal is damaged: ${what}. Nothing was changed.`,
    {
      remedy:
        "Keep both files unchanged and restore a backup, or salvage the intact data into a " +
        "new file. " +
        "With durability `process`, a power cut can leave a log like this: " +
        "open the database with that durability to drop the unreadable end.",
      suggestion: { action: "salvage_database" },
    },
  );
}

function readTail(path: string): LogTail {
  return readFrom(readLog(`${path}-wal`));
}

function readFrom(log: Buffer): LogTail {
  if (
    log.length < LOG_HEADER_BYTES ||
    log.subarray(0, LOG_HEADER_BYTES).every((byte) => byte === 0)
  )
    return { readable: 0, torn: 0, isHeaderDamaged: false };
  const sum = new LogChecksum((log.readUInt32BE(0) & 1) === 1);
  sum.add(log.subarray(0, LOG_HEADER_BYTES - 8));
  if (!isLogHeader(log) || !sum.isWrittenAt(log, LOG_HEADER_BYTES - 8))
    return { readable: 0, torn: 0, isHeaderDamaged: true };
  return readFrames(log, sum);
}

function readLog(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return Buffer.alloc(0);
    throw error;
  }
}

function readFrames(log: Buffer, sum: LogChecksum): LogTail {
  const frameBytes = FRAME_HEADER_BYTES + log.readUInt32BE(8);
  const salts = log.subarray(16, 24);
  const isOurs = (at: number): boolean => log.subarray(at + 8, at + 16).equals(salts);
  // SQLite reuses the file. Frames from an earlier use remain after the end and have other salts;
  // none of them comes before a frame of the current use.
  const starts = frameStarts(log, frameBytes, salts);
  const count = starts.findLastIndex(isOurs) + 1;
  let [readable, torn, isBroken] = [0, 0, false];
  for (const at of starts.slice(0, count)) {
    // Only the last frame of a transaction contains the size of the database.
    let isCommit = log.readUInt32BE(at + 4) > 0;
    if (!isBroken) {
      const before = sum.copy();
      const frame = log.subarray(at, at + frameBytes);
      addFrame(sum, frame);
      isBroken = !isOurs(at) || !sum.isWrittenAt(log, at + 16);
      if (isBroken && !isCommit) isCommit = wasCommit(before, frame);
    }
    if (isCommit && isBroken) torn += 1;
    else if (isCommit) readable += 1;
  }
  return { readable, torn, isHeaderDamaged: false };
}

function addFrame(sum: LogChecksum, frame: Buffer): void {
  sum.add(frame.subarray(0, 8));
  sum.add(frame.subarray(FRAME_HEADER_BYTES));
}

// Returns whether a flipped bit cleared the database size in a commit frame: one of the 32
// single-bit sizes then produces the checksum in the frame.
function wasCommit(before: LogChecksum, frame: Buffer): boolean {
  const written = Buffer.from(frame);
  return Array.from({ length: 32 }, (_, bit) => bit).some((bit) => {
    const sum = before.copy();
    written.writeUInt32BE(2 ** bit, 4);
    addFrame(sum, written);
    return sum.isWrittenAt(frame, 16);
  });
}
