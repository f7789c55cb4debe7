import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
} from "node:fs";
import { endianness } from "node:os";
import { join } from "node:path";
import Driver from "better-sqlite3";
import {
  DATABASE_HEADER_BYTES,
  FRAME_HEADER_BYTES,
  isDatabaseHeader,
  isLogHeader,
  isPageSize,
  LOG_HEADER_BYTES,
  pageBytesOf,
  RESERVED_AT,
} from "../file-format.js";
import { copyKept, openKept, readAt } from "../lock-safe-file.js";
import { type LogFrames, readLog } from "./read-log.js";
import { readPage } from "./read-page.js";

/** A version of a page, in the file or in the log. */
export interface PageImage {
  /** 0 if the page number is lost. */
  readonly pageNumber: number;
  /** Where the page starts in the file, or in the log if `isLogged`. */
  readonly at: number;
  readonly isLogged: boolean;
  /** Whether a newer version of the page replaced this one. */
  readonly isOld: boolean;
}

const DEFAULT_PAGE_BYTES = 4096;
/** A damaged page number below this many times the size of the files is believed. */
const MAX_GROWTH = 4;
const MAX_CACHED = 2000;

/** Every version of every page of a database, read from a copy of its file and its log. */
export class PageStore implements Disposable {
  readonly pageBytes: number;
  /** The part of a page that SQLite uses. */
  readonly usableBytes: number;
  /** How many pages the database has, according to its last commit. */
  readonly pageCount: number;
  /** Whether the file or its log is recognisable as a database. */
  readonly isDatabase: boolean;
  readonly log: LogFrames;
  /** How many committed frames the index of the log counts that the log does not contain. */
  readonly missingFrames: number;
  /** Versions whose page number is lost; they may be of an earlier use of the log. */
  readonly strays: readonly PageImage[];
  /** Pages of a transaction that was never committed. */
  readonly unfinished: readonly PageImage[];
  readonly #file: number;
  readonly #logBytes: Buffer;
  readonly #newest = new Map<number, PageImage>();
  readonly #old: PageImage[] = [];
  readonly #cache = new Map<number, Buffer>();

  private constructor(file: string, log: Buffer, index: Buffer) {
    this.#file = openSync(file, "r");
    this.#logBytes = log;
    const fileBytes = fstatSync(this.#file).size;
    const header = this.#read(0, DATABASE_HEADER_BYTES);
    const hasMagic = isDatabaseHeader(header);
    const logPageBytes = this.#pageBytesOfLog();
    const [pageBytes, reservedBytes] = this.#findSizes(header, logPageBytes);
    this.pageBytes = pageBytes;
    this.usableBytes = pageBytes - reservedBytes;
    this.isDatabase = hasMagic || logPageBytes !== undefined;
    const filePages = Math.floor(fileBytes / this.pageBytes);
    const logPages = Math.floor(this.#logBytes.length / this.pageBytes);
    this.log = readLog(this.#logBytes, this.pageBytes, MAX_GROWTH * (filePages + logPages) + 1000);
    for (let page = 1; page <= filePages; page += 1)
      this.#add({ pageNumber: page, at: (page - 1) * this.pageBytes, isLogged: false });
    const expectedFrames = countFrames(index, this.#logBytes);
    this.missingFrames = Math.max(0, expectedFrames - this.log.committed.length);
    const strays: PageImage[] = [];
    for (const { pageNumber = 0, contentAt } of this.log.committed) {
      const image = { pageNumber, at: contentAt, isLogged: true };
      if (pageNumber === 0) strays.push({ ...image, isOld: true });
      else this.#add(image);
    }
    this.strays = strays;
    this.unfinished = this.log.unfinished.map(({ pageNumber = 0, contentAt }) => {
      return { pageNumber, at: contentAt, isLogged: true, isOld: false };
    });
    for (const { pageNumber = 0, contentAt } of this.log.stale)
      this.#old.push({ pageNumber, at: contentAt, isLogged: true, isOld: true });
    this.pageCount = this.#countPages(filePages);
  }

  /**
   * Copies the files into `folder` and opens the copies. If another process writes to them
   * meanwhile, they are copied again while a reader keeps that process from overwriting its log.
   */
  static open(path: string, folder: string): PageStore {
    const before = stampOf(`${path}-wal`);
    const store = copyFiles(path, folder, (...files) => new PageStore(...files));
    if (stampOf(`${path}-wal`) === before) return store;
    store[Symbol.dispose]();
    using _ = holdSnapshot(path);
    return copyFiles(path, folder, (file, log, index) => {
      // What is written from now on may be copied in part.
      const frames = countFrames(index, log);
      const end =
        frames === 0 || log.length < LOG_HEADER_BYTES ? log.length : frameEnd(log, frames);
      return new PageStore(file, log.subarray(0, end), index);
    });
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }

  /** The newest committed version of a page; undefined if no file contains it. */
  newest(pageNumber: number): PageImage | undefined {
    return this.#newest.get(pageNumber);
  }

  /** The versions that a newer one replaced, and those of earlier uses of the log. */
  old(): readonly PageImage[] {
    return this.#old;
  }

  bytes({ at, isLogged }: PageImage): Buffer {
    if (isLogged) return this.#logBytes.subarray(at, at + this.pageBytes);
    const cached = this.#cache.get(at);
    if (cached !== undefined) return cached;
    if (this.#cache.size >= MAX_CACHED) this.#cache.clear();
    const bytes = this.#read(at, this.pageBytes);
    this.#cache.set(at, bytes);
    return bytes;
  }

  #add(image: Omit<PageImage, "isOld">): void {
    const before = this.#newest.get(image.pageNumber);
    if (before !== undefined) this.#old.push({ ...before, isOld: true });
    this.#newest.set(image.pageNumber, { ...image, isOld: false });
  }

  #read(at: number, length: number): Buffer {
    const bytes = Buffer.alloc(length);
    readSync(this.#file, bytes, 0, length, at);
    return bytes;
  }

  #pageBytesOfLog(): number | undefined {
    if (this.#logBytes.length < LOG_HEADER_BYTES) return undefined;
    const isLog = isLogHeader(this.#logBytes);
    const bytes = this.#logBytes.readUInt32BE(8);
    return isLog && isPageSize(bytes) ? bytes : undefined;
  }

  // The header may be damaged. The right sizes are those with which most pages are readable; the
  // engine itself creates pages of the default size without reserved bytes.
  #findSizes(header: Buffer, logPageBytes: number | undefined): readonly [number, number] {
    const inHeader = pageBytesOf(header);
    const sizes = new Set([logPageBytes ?? inHeader ?? DEFAULT_PAGE_BYTES, DEFAULT_PAGE_BYTES]);
    const reserved = new Set([header[RESERVED_AT] ?? 0, 0]);
    let [best, most] = [[DEFAULT_PAGE_BYTES, 0] as readonly [number, number], 0];
    for (const pageBytes of sizes)
      for (const reservedBytes of reserved) {
        const count = this.#countReadable(pageBytes, reservedBytes);
        if (count > most) [best, most] = [[pageBytes, reservedBytes], count];
      }
    return best;
  }

  #countReadable(pageBytes: number, reservedBytes: number): number {
    let count = 0;
    for (let page = 1; page <= SAMPLED_PAGES; page += 1) {
      const inFile = this.#read((page - 1) * pageBytes, pageBytes);
      const inLog = this.#logBytes.subarray(
        LOG_HEADER_BYTES + page * (FRAME_HEADER_BYTES + pageBytes) - pageBytes,
      );
      if (readPage(inFile, page, pageBytes - reservedBytes) !== undefined) count += 1;
      if (
        inLog.length >= pageBytes &&
        readPage(inLog.subarray(0, pageBytes), 0, pageBytes - reservedBytes) !== undefined
      )
        count += 1;
    }
    return count;
  }

  // The last commit in the log contains the size, and so does the header of the database. A file
  // that is shorter than its header claims was truncated.
  #countPages(filePages: number): number {
    const last = this.log.committed.findLast(
      ({ databasePages, isSound }) => databasePages > 0 && isSound,
    );
    if (last !== undefined) return last.databasePages;
    const first = this.newest(1);
    const bytes = first === undefined ? undefined : this.bytes(first);
    const hasMagic = bytes !== undefined && isDatabaseHeader(bytes);
    const inHeader = hasMagic ? (bytes?.readUInt32BE(PAGE_COUNT_AT) ?? 0) : 0;
    const known = this.log.committed.reduce(
      (most, { pageNumber = 0 }) => Math.max(most, pageNumber),
      filePages,
    );
    return inHeader <= MAX_GROWTH * known + 1000 ? Math.max(inHeader, known) : known;
  }
}

const PAGE_COUNT_AT = 28;
/** The index of the log starts with two copies of its header and the count of moved frames. */
const INDEX_BYTES = 100;
const MOVED_FRAMES_AT = 96;
/** How many pages to read with each size that the database may have. */
const SAMPLED_PAGES = 50;

// The number of committed frames according to the index of the log, which a killed process leaves.
// It is believed only for the same use of the log. The format:
// https://www.sqlite.org/walformat.html#the_wal_index_header
function countFrames(index: Buffer, log: Buffer): number {
  if (index.length < INDEX_BYTES) return 0;
  const [header, copy] = [index.subarray(0, 48), index.subarray(48, 96)];
  if (!header.equals(copy) || header[12] !== 1) return 0;
  const number = (at: number): number =>
    endianness() === "LE" ? index.readUInt32LE(at) : index.readUInt32BE(at);
  const frames = number(16);
  // Without a log, the pages that were not moved into the file are lost.
  if (log.length < LOG_HEADER_BYTES) return Math.max(0, frames - number(MOVED_FRAMES_AT));
  return header.subarray(32, 40).equals(log.subarray(16, 24)) ? frames : 0;
}

function copyFiles(
  path: string,
  folder: string,
  open: (file: string, log: Buffer, index: Buffer) => PageStore,
): PageStore {
  const file = join(folder, "copy.db");
  // The index first: it never counts more frames than a log that is copied later contains.
  const index = existsSync(`${path}-shm`)
    ? readAt(openKept(`${path}-shm`), 0, INDEX_BYTES)
    : Buffer.alloc(0);
  // The log after the file: unless it was restarted in between, it contains every page that changed
  // in the file meanwhile.
  copyKept(path, file);
  const log = existsSync(`${path}-wal`) ? readFileSync(`${path}-wal`) : Buffer.alloc(0);
  return open(file, log, index);
}

// A reader of a database that another process uses. A damaged database may have none.
function holdSnapshot(path: string): Disposable {
  let database: Driver.Database | undefined;
  try {
    database = new Driver(path, { readonly: true });
    database.exec("BEGIN");
    database.prepare("SELECT count(*) FROM sqlite_schema").get();
  } catch {
    // The files are then copied as they are, and rows that do not match their hashes are reported.
  }
  return { [Symbol.dispose]: () => database?.close() };
}

// What changes when another process writes to a log.
function stampOf(path: string): string {
  const { size, mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? { size: 0, mtimeMs: 0 };
  return `${size} ${mtimeMs} ${readStart(path, LOG_HEADER_BYTES).toString("hex")}`;
}

function frameEnd(log: Buffer, frames: number): number {
  return LOG_HEADER_BYTES + frames * (FRAME_HEADER_BYTES + log.readUInt32BE(8));
}

// SQLite holds no locks on a log, so it can be closed.
function readStart(path: string, length: number): Buffer {
  if (!existsSync(path)) return Buffer.alloc(0);
  const file = openSync(path, "r");
  try {
    return readAt(file, 0, length);
  } finally {
    closeSync(file);
  }
}
