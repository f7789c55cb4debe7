import { FRAME_HEADER_BYTES, LOG_HEADER_BYTES } from "../file-format.js";
import { frameStarts } from "../frame-starts.js";
import { LogChecksum } from "../LogChecksum.js";

/** A frame of a log: one version of one page. */
interface LogFrame {
  /**
   * Undefined if the frame's header is damaged and its checksum does not reveal what it contained.
   */
  readonly pageNumber: number | undefined;
  /** The size of the database in pages if the frame ends a transaction, and 0 otherwise. */
  readonly databasePages: number;
  /** Where the content of the page starts in the log. */
  readonly contentAt: number;
  /** Whether the content of the page matches its checksum. */
  readonly isSound: boolean;
}

/** The frames that the last use of a log wrote, whether SQLite can read them or not. */
export interface LogFrames {
  /** The frames of transactions that were committed, oldest first. */
  readonly committed: readonly LogFrame[];
  /** The frames after the last commit: they belong to a transaction that never ended. */
  readonly unfinished: readonly LogFrame[];
  /** Frames of an earlier use of the log, which are older than the database file. */
  readonly stale: readonly LogFrame[];
  readonly transactionCount: number;
  /** How many of these transactions contain a frame that does not match its checksum. */
  readonly damagedCount: number;
}

const CHECKSUM_AT = 16;
/** How many frames to ask for their salts if the header of the log is damaged. */
const SALT_FRAMES = 5;

/** How many uses ago a frame may have been written that is still in the log. */
const MAX_USES = 1_000_000;

const NOTHING: LogFrames = {
  committed: [],
  unfinished: [],
  stale: [],
  transactionCount: 0,
  damagedCount: 0,
};

/**
 * Reads the frames of a log, including those after a damaged one. The checksum of a frame follows
 * from the one that the previous frame contains, so each frame can be checked even if an earlier
 * one is damaged. `maxPages` is the largest page number to believe in a damaged header.
 */
export function readLog(log: Buffer, pageBytes: number, maxPages: number): LogFrames {
  const frameBytes = FRAME_HEADER_BYTES + pageBytes;
  if (log.length < LOG_HEADER_BYTES + frameBytes) return NOTHING;
  const reader = new LogReader(log, frameBytes, maxPages);
  const frames = reader.frames();
  const live = frames.slice(0, reader.liveCount);
  const end = live.findLastIndex(({ databasePages }) => databasePages > 0) + 1;
  const committed = live.slice(0, end);
  let [transactionCount, damagedCount, isDamaged] = [0, 0, false];
  for (const { databasePages, isSound } of committed) {
    isDamaged ||= !isSound;
    if (databasePages === 0) continue;
    transactionCount += 1;
    if (isDamaged) damagedCount += 1;
    isDamaged = false;
  }
  return {
    committed,
    unfinished: live.slice(end),
    stale: frames.slice(reader.liveCount),
    transactionCount,
    damagedCount,
  };
}

class LogReader {
  /** How many frames the last use of the log wrote. */
  readonly liveCount: number;
  readonly #log: Buffer;
  readonly #frameBytes: number;
  readonly #maxPages: number;
  readonly #salts: Buffer;
  readonly #isBigEndian: boolean;
  /** Where each frame starts. */
  readonly #starts: readonly number[];
  readonly #count: number;

  constructor(log: Buffer, frameBytes: number, maxPages: number) {
    this.#log = log;
    this.#frameBytes = frameBytes;
    this.#maxPages = maxPages;
    this.#salts = this.#findSalts();
    this.#starts = frameStarts(log, frameBytes, this.#salts);
    this.#count = this.#starts.length;
    let liveCount = 0;
    for (let frame = 0; frame < this.#count; frame += 1)
      if (!this.#isStale(frame)) liveCount = frame + 1;
    this.liveCount = liveCount;
    this.#isBigEndian = this.#findByteOrder();
  }

  frames(): LogFrame[] {
    const frames: LogFrame[] = [];
    let carried: LogChecksum | undefined;
    for (let frame = 0; frame < this.#count; frame += 1) {
      const found = frame < this.liveCount ? this.#check(frame, carried) : undefined;
      carried = found?.end;
      const { pageNumber, databasePages } = found ?? this.#believeHeader(frame);
      const contentAt = this.#at(frame) + FRAME_HEADER_BYTES;
      frames.push({ pageNumber, databasePages, contentAt, isSound: found !== undefined });
    }
    return frames;
  }

  // Undefined if the content does not match any checksum from which the frame may start or at which
  // it may end. `end` is present if the frame's own checksum is damaged.
  #check(
    frame: number,
    carried: LogChecksum | undefined,
  ): { pageNumber: number; databasePages: number; end?: LogChecksum } | undefined {
    const starts = [this.#written(frame - 1), ...(carried === undefined ? [] : [carried])];
    const written = this.#written(frame);
    const header = this.#header(frame);
    for (const start of starts) {
      const end = this.#after(start, frame);
      if (end.equals(written)) return header;
    }
    const expected = this.#expectedBy(frame + 1);
    for (const start of starts) {
      const end = this.#after(start, frame);
      if (expected !== undefined && end.equals(expected)) return { ...header, end };
    }
    // The checksum determines the header of a frame whose content is intact.
    for (const start of starts) {
      for (const end of [written, ...(expected === undefined ? [] : [expected])]) {
        const before = end.copy();
        before.subtract(this.#content(frame));
        const [pageNumber, databasePages] = start.wordsTo(before);
        if (this.#isPlausible(pageNumber, databasePages))
          return { pageNumber, databasePages, ...(end !== written && { end }) };
      }
    }
    return undefined;
  }

  // A header is believed without its checksum if its salts are intact.
  #believeHeader(frame: number): Pick<LogFrame, "pageNumber" | "databasePages"> {
    const { pageNumber, databasePages } = this.#header(frame);
    const isBelieved =
      (this.#isOurs(frame) || frame >= this.liveCount) &&
      this.#isPlausible(pageNumber, databasePages);
    return isBelieved ? { pageNumber, databasePages } : { pageNumber: undefined, databasePages: 0 };
  }

  #isPlausible(pageNumber: number, databasePages: number): boolean {
    return pageNumber >= 1 && pageNumber <= this.#maxPages && databasePages <= this.#maxPages;
  }

  #after(start: LogChecksum, frame: number): LogChecksum {
    const sum = start.copy();
    sum.add(this.#log.subarray(this.#at(frame), this.#at(frame) + 8));
    sum.add(this.#content(frame));
    return sum;
  }

  // The checksum before a frame, computed backwards from the one that the frame contains.
  #expectedBy(frame: number): LogChecksum | undefined {
    if (frame >= this.liveCount) return undefined;
    const sum = this.#written(frame);
    sum.subtract(this.#content(frame));
    sum.subtract(this.#log.subarray(this.#at(frame), this.#at(frame) + 8));
    return sum;
  }

  /** The checksum in a frame; in the header of the log for frame -1. */
  #written(frame: number): LogChecksum {
    const at = frame < 0 ? LOG_HEADER_BYTES - 8 : this.#at(frame) + CHECKSUM_AT;
    return new LogChecksum(this.#isBigEndian).readFrom(this.#log, at);
  }

  #header(frame: number): { pageNumber: number; databasePages: number } {
    const at = this.#at(frame);
    return {
      pageNumber: this.#log.readUInt32BE(at),
      databasePages: this.#log.readUInt32BE(at + 4),
    };
  }

  #content(frame: number): Buffer {
    const at = this.#at(frame);
    return this.#log.subarray(at + FRAME_HEADER_BYTES, at + this.#frameBytes);
  }

  #at(frame: number): number {
    return this.#starts[frame] ?? 0;
  }

  #isOurs(frame: number): boolean {
    return this.#saltsOf(frame).equals(this.#salts);
  }

  // Each use of the log increases the first salt by one. A frame with other salts than its last
  // uses had is damaged.
  #isStale(frame: number): boolean {
    const usesAgo = (this.#salts.readUInt32BE(0) - this.#saltsOf(frame).readUInt32BE(0)) >>> 0;
    return usesAgo > 0 && usesAgo <= MAX_USES;
  }

  #saltsOf(frame: number): Buffer {
    return this.#log.subarray(this.#at(frame) + 8, this.#at(frame) + 16);
  }

  // The first frames of a log always belong to its last use.
  #findSalts(): Buffer {
    const inHeader = this.#log.subarray(16, 24);
    if (this.#log.includes(inHeader, LOG_HEADER_BYTES)) return inHeader;
    const count = Math.floor((this.#log.length - LOG_HEADER_BYTES) / this.#frameBytes);
    const first = Array.from({ length: Math.min(SALT_FRAMES, count) }, (_, frame) => {
      const at = LOG_HEADER_BYTES + frame * this.#frameBytes;
      return this.#log.subarray(at + 8, at + 16);
    });
    const twice = first.find((salts, at) =>
      first.some((other, to) => to > at && salts.equals(other)),
    );
    return twice ?? first[0] ?? inHeader;
  }

  // The lowest bit of the header specifies the byte order. If the header is damaged, the byte order
  // with which a frame matches is the right one.
  #findByteOrder(): boolean {
    const isBigEndian = ((this.#log[3] ?? 0) & 1) === 1;
    const matches = (order: boolean): boolean => {
      for (let frame = 1; frame < Math.min(this.liveCount, SALT_FRAMES); frame += 1) {
        const sum = new LogChecksum(order).readFrom(this.#log, this.#at(frame - 1) + CHECKSUM_AT);
        sum.add(this.#log.subarray(this.#at(frame), this.#at(frame) + 8));
        sum.add(this.#content(frame));
        if (sum.isWrittenAt(this.#log, this.#at(frame) + CHECKSUM_AT)) return true;
      }
      return false;
    };
    return matches(isBigEndian) || !matches(!isBigEndian) ? isBigEndian : !isBigEndian;
  }
}
