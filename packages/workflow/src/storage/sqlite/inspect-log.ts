import { readFileSync } from "node:fs";
import { endianness } from "node:os";
import { WorkflowError } from "../../errors.js";

/*
 * SQLite reads its log up to the first frame that does not fit its checksum, and takes that for the end: right after a
 * power cut, and wrong after a flipped bit, since everything later would be gone without a word. The two are told apart
 * by what follows. A commit that is synced before the next begins leaves at most one transaction torn at the end.
 *
 * The format: https://www.sqlite.org/fileformat2.html#the_write_ahead_log
 */

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
/** The last bit says in which order of bytes the sums were made. */
const MAGIC = 0x377f0682;
const LOG_FORMAT = 3_007_000;

/** More than this many torn commits at the end are no power cut. */
const MOST_TORN = 1;

/** A log that another process is writing may look torn while it is read. */
const LOOKS = 5;

/** What a log holds that SQLite does not read. */
export interface LogTail {
  /** Transactions that SQLite reads. */
  readonly readable: number;
  /** Later ones, of the same log, which it passes over. */
  readonly torn: number;
  readonly isHeaderDamaged: boolean;
}

/** Looks at the log of a database before it is opened. Missing and empty logs hold nothing. */
export function inspectLog(path: string): LogTail {
  let tail = readTail(path);
  for (let looks = 1; (tail.torn > 0 || tail.isHeaderDamaged) && looks < LOOKS; looks += 1)
    tail = readTail(path);
  return tail;
}

export function isDamaged({ torn, isHeaderDamaged }: LogTail): boolean {
  return isHeaderDamaged || torn > MOST_TORN;
}

/** `database_unusable` for a log out of whose middle something is lost. */
export function damagedLog(
  path: string,
  { readable, torn, isHeaderDamaged }: LogTail,
): WorkflowError {
  const what = isHeaderDamaged
    ? "its header does not match its sum"
    : `of ${readable + torn} transactions the last ${torn} cannot be read`;
  return new WorkflowError(
    "database_unusable",
    `The log ${path}-wal is damaged: ${what}. Nothing was changed.`,
    {
      remedy:
        "Keep both files as they are and restore a backup, or take out what is sound: `axw doctor --salvage NEW.db`. " +
        'Under durability "process" a power cut may leave a log like this: then open it with that durability again, which drops the end.',
    },
  );
}

/**
 * A damaged log with sums that fit what its frames hold, so that SQLite reads it to its end: for a copy whose every row is
 * then held against its own hash. `pageBytes` is that of the database, since the header may be what was hit.
 */
export function repairLog(log: Buffer, pageBytes: number): Buffer {
  const mended = Buffer.from(log);
  const { isHeaderDamaged } = readFrom(log);
  const frameBytes = FRAME_HEADER_BYTES + pageBytes;
  const isBigEndian = isHeaderDamaged ? endianness() === "BE" : (log.readUInt32BE(0) & 1) === 1;
  const salts = (isHeaderDamaged ? log.subarray(HEADER_BYTES + 8) : log.subarray(16)).subarray(
    0,
    8,
  );
  let end = HEADER_BYTES;
  for (let at = HEADER_BYTES; at + frameBytes <= log.length; at += frameBytes) {
    if (log.subarray(at + 8, at + 16).equals(salts) && log.readUInt32BE(at + 4) > 0)
      end = at + frameBytes;
  }
  const sum = new Sum(isBigEndian);
  mended.writeUInt32BE(isBigEndian ? MAGIC | 1 : MAGIC, 0);
  mended.writeUInt32BE(LOG_FORMAT, 4);
  mended.writeUInt32BE(pageBytes, 8);
  salts.copy(mended, 16);
  sum.add(mended.subarray(0, HEADER_BYTES - 8));
  sum.writeAt(mended, HEADER_BYTES - 8);
  for (let at = HEADER_BYTES; at < end; at += frameBytes) {
    salts.copy(mended, at + 8);
    sum.add(mended.subarray(at, at + 8));
    sum.add(mended.subarray(at + FRAME_HEADER_BYTES, at + frameBytes));
    sum.writeAt(mended, at + 16);
  }
  return mended.subarray(0, end);
}

function readTail(path: string): LogTail {
  return readFrom(readLog(`${path}-wal`));
}

function readFrom(log: Buffer): LogTail {
  if (log.length < HEADER_BYTES || log.subarray(0, HEADER_BYTES).every((byte) => byte === 0))
    return { readable: 0, torn: 0, isHeaderDamaged: false };
  const magic = log.readUInt32BE(0);
  const sum = new Sum((magic & 1) === 1);
  sum.add(log.subarray(0, HEADER_BYTES - 8));
  if ((magic | 1) !== (MAGIC | 1) || !sum.isWrittenAt(log, HEADER_BYTES - 8))
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

function readFrames(log: Buffer, sum: Sum): LogTail {
  const frameBytes = FRAME_HEADER_BYTES + log.readUInt32BE(8);
  const salts = log.subarray(16, 24);
  const isOurs = (at: number): boolean => log.subarray(at + 8, at + 16).equals(salts);
  // Frames of an earlier use, still behind the end, carry other salts; before a frame of this use there are none of them.
  let end = HEADER_BYTES;
  for (let at = HEADER_BYTES; at + frameBytes <= log.length; at += frameBytes)
    if (isOurs(at)) end = at + frameBytes;
  let [readable, torn, isBroken] = [0, 0, false];
  for (let at = HEADER_BYTES; at < end; at += frameBytes) {
    // Only the last frame of a transaction says how large the database is with it.
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

function addFrame(sum: Sum, frame: Buffer): void {
  sum.add(frame.subarray(0, 8));
  sum.add(frame.subarray(FRAME_HEADER_BYTES));
}

// A size of one bit, which a flip has made none.
function wasCommit(before: Sum, frame: Buffer): boolean {
  const written = Buffer.from(frame);
  return Array.from({ length: 32 }, (_, bit) => bit).some((bit) => {
    const sum = before.copy();
    written.writeUInt32BE(2 ** bit, 4);
    addFrame(sum, written);
    return sum.isWrittenAt(frame, 16);
  });
}

/** The running sum that each frame of a log carries: over everything before it in the log. */
class Sum {
  readonly #isSwapped: boolean;
  #first = 0;
  #second = 0;

  constructor(isBigEndian: boolean) {
    this.#isSwapped = isBigEndian !== (endianness() === "BE");
  }

  copy(): Sum {
    const sum = new Sum(this.#isSwapped !== (endianness() === "BE"));
    [sum.#first, sum.#second] = [this.#first, this.#second];
    return sum;
  }

  /** A multiple of eight bytes. */
  add(bytes: Buffer): void {
    const isAligned = bytes.byteOffset % 4 === 0 && !this.#isSwapped;
    const own = isAligned ? bytes : Buffer.from(bytes);
    if (this.#isSwapped) own.swap32();
    const words = new Int32Array(own.buffer, own.byteOffset, own.length / 4);
    let [first, second] = [this.#first, this.#second];
    for (let index = 0; index < words.length; index += 2) {
      first = (first + (words[index] ?? 0) + second) | 0;
      second = (second + (words[index + 1] ?? 0) + first) | 0;
    }
    [this.#first, this.#second] = [first, second];
  }

  writeAt(log: Buffer, at: number): void {
    log.writeInt32BE(this.#first, at);
    log.writeInt32BE(this.#second, at + 4);
  }

  isWrittenAt(log: Buffer, at: number): boolean {
    return log.readInt32BE(at) === this.#first && log.readInt32BE(at + 4) === this.#second;
  }
}
