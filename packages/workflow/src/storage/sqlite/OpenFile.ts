import { type BigIntStats, readdirSync, readlinkSync, statSync } from "node:fs";
import { endianness } from "node:os";
import { join } from "node:path";
import { WorkflowError } from "../../errors.js";
import { toWorkflowError } from "./database-error.js";
import { FRAME_HEADER_BYTES, LOG_HEADER_BYTES } from "./file-format.js";
import { openKept, readAt } from "./lock-safe-file.js";
import type { Database } from "./open-database.js";

/**
 * How long the check after each commit relies on the previous check, in ms. It only limits how many
 * agents are called for a file that is gone: the end of a run is always checked.
 */
const RECHECK_FILE_MS = 10;

/**
 * Watches whether an open database is still the file at its path. SQLite does not notice that its
 * file was deleted or replaced: it continues to write to a file that no other process can find.
 */
export class OpenFile {
  readonly #path: string;
  readonly #opened: BigIntStats | undefined;
  readonly #pagesBytes: () => number;
  /** The log and its index, once they exist. SQLite keeps them while a connection is open. */
  readonly #companions = new Map<string, BigIntStats>();
  /** SQLite opens these files once, so a loss is permanent. */
  #companionLoss: WorkflowError | undefined;
  #bytes: number;
  #logBytes = 0;
  #logCheckedAt = Number.NEGATIVE_INFINITY;
  #fileCheckedAt = Number.NEGATIVE_INFINITY;
  /** The result of the last check. */
  #loss: WorkflowError | undefined;

  /** `pagesBytes` returns how many bytes the pages of the database need. */
  constructor(path: string, pagesBytes: () => number) {
    this.#path = path;
    this.#opened = statOf(path);
    this.#bytes = Number(this.#opened?.size ?? 0);
    this.#pagesBytes = pagesBytes;
    this.#lostCompanion();
  }

  /**
   * Returns `database_unusable` if the log was deleted, replaced or truncated. Must precede a
   * write: SQLite would write behind the end of a truncated log, and later copy the gap into the
   * database. Relies on the previous look for `recheckMs`.
   */
  lostLog(recheckMs = 0): WorkflowError | undefined {
    const now = performance.now();
    if (now - this.#logCheckedAt < recheckMs && this.#companionLoss === undefined) return undefined;
    this.#logCheckedAt = now;
    this.#companionLoss ??= this.#lostCompanion([`${this.#path}-wal`]);
    // The database itself may be gone as well, which says more.
    return this.#companionLoss && this.lost();
  }

  /**
   * Returns `database_unusable` if what is written now would not be found at the path again. With
   * `all`, the log and its index are compared too, and all are compared at once; with `file`, the
   * database is compared at most once in ten milliseconds.
   */
  lost(scope: "file" | "all" = "all"): WorkflowError | undefined {
    const now = performance.now();
    if (scope === "file" && now - this.#fileCheckedAt < RECHECK_FILE_MS) return this.#loss;
    this.#fileCheckedAt = now;
    this.#loss = this.#findLoss(scope);
    return this.#loss;
  }

  #findLoss(scope: "file" | "all"): WorkflowError | undefined {
    try {
      if (scope === "all") this.#companionLoss ??= this.#lostCompanion();
      return this.#lost() ?? this.#companionLoss;
    } catch (error) {
      // A folder on the path can no longer be entered.
      const { code, message, remedy } = toWorkflowError(this.#path, error) as WorkflowError;
      return new WorkflowError(code ?? "database_unusable", message, remedy ? { remedy } : {});
    }
  }

  #lost(): WorkflowError | undefined {
    if (this.#opened === undefined) return undefined;
    const found = statOf(this.#path);
    if (found === undefined) return this.#vanished();
    if (!isSameFile(this.#opened, found))
      return lostDatabase(`Another file replaced the database ${this.#path} while it was open.`, {
        remedy:
          "What was recorded since then is not in that file. Put the original file back and " +
          "resume the run, or start the workflow again.",
      });
    return this.#truncated(Number(found.size));
  }

  #vanished(): WorkflowError {
    const place = whereIs(this.#opened);
    if (place !== undefined)
      return lostDatabase(`The database ${this.#path} was moved to ${place} while it was open.`, {
        remedy: "Resume the run in the database at its new path.",
        action: "resume_run",
        database: place,
      });
    return lostDatabase(`The database ${this.#path} was deleted or moved while it was open.`, {
      remedy:
        "If its folder was moved, resume the run there. " +
        "If it was deleted, its runs are gone: restore a backup, or start the workflow again.",
    });
  }

  // Vacuuming also shrinks the file, and then fewer pages are in use. Between checkpoints the file
  // may be smaller than its pages, but it does not shrink then.
  #truncated(bytes: number): WorkflowError | undefined {
    const before = this.#bytes;
    this.#bytes = bytes;
    if (bytes >= before || this.#pagesBytes() < before) return undefined;
    this.#bytes = before;
    return lostDatabase(`The database ${this.#path} was truncated while it was open.`, {
      remedy: "Restore a backup, or salvage the intact data into a new file.",
      action: "salvage_database",
    });
  }

  #lostCompanion(
    paths: readonly string[] = [`${this.#path}-wal`, `${this.#path}-shm`],
  ): WorkflowError | undefined {
    for (const path of paths) {
      const known = this.#companions.get(path);
      const found = statOf(path);
      if (known === undefined) {
        if (found !== undefined) this.#companions.set(path, found);
      } else if (!isSameFile(known, found)) {
        return lostDatabase(`${path} was deleted or replaced while the database was open.`, {
          remedy:
            "End every process that uses the database, which writes its log into the file, then " +
            "resume the run.",
        });
      }
      if (path.endsWith("-wal") && found !== undefined && this.#isLogCut(path, Number(found.size)))
        return lostDatabase(`${path} was truncated while the database was open.`, {
          remedy: "Restore a backup, or salvage the intact data into a new file.",
          action: "salvage_database",
        });
    }
    return undefined;
  }

  // SQLite shrinks the log itself when its content is in the file.
  #isLogCut(path: string, bytes: number): boolean {
    const before = this.#logBytes;
    this.#logBytes = bytes;
    return bytes < before && hasLostFrames(this.#path, path);
  }
}

/** Watches the file of a connection; undefined if it has none. */
export function watchFile(database: Database, path: string): OpenFile | undefined {
  if (database.memory) return undefined;
  const pragma = (name: string): number => Number(database.pragma(name, { simple: true }));
  return new OpenFile(path, () => pragma("page_count") * pragma("page_size"));
}

function statOf(path: string): BigIntStats | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false });
}

function isSameFile(one: BigIntStats | undefined, other: BigIntStats | undefined): boolean {
  return one !== undefined && one.dev === other?.dev && one.ino === other.ino;
}

/** Where the index says how large a page is, and how many frames of the log are in use. */
const PAGE_SIZE = 14;
const FRAME_COUNT = 16;
const INDEX_BYTES = 20;

/** How many times to look: SQLite may shrink the log between reading the index and the size. */
const MAX_LOOKS = 3;

// Returns whether the log is shorter than its index says. The index is in the byte order of the
// machine, and says so only after the frames are in the log.
function hasLostFrames(database: string, log: string): boolean {
  for (let look = 0; look < MAX_LOOKS; look += 1) {
    const index = readAt(openKept(`${database}-shm`), 0, INDEX_BYTES);
    if (index.length < INDEX_BYTES) return false;
    const isLittle = endianness() === "LE";
    const stored = isLittle ? index.readUInt16LE(PAGE_SIZE) : index.readUInt16BE(PAGE_SIZE);
    const frames = isLittle ? index.readUInt32LE(FRAME_COUNT) : index.readUInt32BE(FRAME_COUNT);
    const pageBytes = stored === 1 ? 65_536 : stored;
    const needed = frames === 0 ? 0 : LOG_HEADER_BYTES + frames * (FRAME_HEADER_BYTES + pageBytes);
    if (Number(statOf(log)?.size ?? needed) >= needed) return false;
  }
  return true;
}

function lostDatabase(
  message: string,
  {
    remedy,
    action = "inspect_database",
    database,
  }: {
    readonly remedy: string;
    readonly action?: "inspect_database" | "salvage_database" | "resume_run";
    readonly database?: string;
  },
): WorkflowError {
  const suggestion = { action, ...(database !== undefined && { database }) };
  return new WorkflowError("database_unusable", message, { remedy, suggestion });
}

// Linux shows the current name of every open file.
function whereIs(identity: BigIntStats | undefined): string | undefined {
  const folder = "/proc/self/fd";
  try {
    for (const name of readdirSync(folder)) {
      const place = readLinkOf(join(folder, name));
      if (place?.startsWith("/") && isSameFile(identity, statOf(place))) return place;
    }
  } catch {
    // Other systems do not have this folder.
  }
  return undefined;
}

// The descriptor that reads the folder is in the list, but no longer exists.
function readLinkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
