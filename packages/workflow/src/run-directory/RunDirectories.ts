import { randomUUID } from "node:crypto";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** The folder beside the database that contains the directories of its runs. */
const RUNS_FOLDER = "runs";

/** The engine's own part of a run's directory: scripts, and the mark of the database. */
export const OWN_FOLDER = ".axw";

/** The name of the mark, which says to which run of which database a directory belongs. */
const MARK = "run.json";

/** The beginning of the name of a directory that is being removed. */
const REMOVED = ".removed-";

/** How many directories are examined at a time. */
const PAGE = 50;

interface Mark {
  readonly runId: string;
  /** The file name of the database. */
  readonly database: string;
}

/**
 * The directories of the runs of one database: `runs/<run id>` beside its file. Each carries a mark
 * with the name of the database file, since several databases of one folder share `runs`: a
 * directory that another database owns is neither used nor removed.
 */
export class RunDirectories {
  readonly #folder: string;
  readonly #database: string;

  constructor(databasePath: string) {
    this.#folder = join(dirname(databasePath), RUNS_FOLDER);
    this.#database = basename(databasePath);
  }

  /** Returns the absolute path of a run's directory, which may not exist. */
  pathOf(runId: string): string {
    return join(this.#folder, encodeURIComponent(runId));
  }

  /**
   * Returns the path of a run's directory. If it does not exist, it is created, and only its owner
   * can access it. Throws if it cannot be created, or belongs to another database.
   */
  prepare(runId: string): string {
    const path = this.pathOf(runId);
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    makeFolder(path);
    makeFolder(join(path, OWN_FOLDER));
    const mark = readMark(path);
    if (mark !== undefined && this.#isForeign(mark))
      throw new Error(
        `the directory ${path} belongs to a run of the database ${mark.database}; start this run ` +
          "with another id, or move one of the databases to a folder of its own",
      );
    if (mark?.database !== this.#database)
      writeFileSync(markOf(path), JSON.stringify({ runId, database: this.#database }), {
        mode: 0o600,
      });
    return path;
  }

  /** Removes a run's directory, if it exists and belongs to this database. */
  remove(runId: string): void {
    const path = this.pathOf(runId);
    const mark = readMark(path);
    if (mark === undefined || this.#isForeign(mark)) return;
    const removed = join(this.#folder, `${REMOVED}${randomUUID()}`);
    // Renamed first: what a crash leaves half removed can no longer be taken for the directory of a
    // new run with the same id.
    renameSync(path, removed);
    clear(removed);
  }

  /**
   * Removes the directories of this database whose runs no longer exist, and what an earlier
   * removal has left. Each `next` examines a few directories.
   */
  *removeOrphans(exists: (runId: string) => boolean): Generator<void, void, undefined> {
    for (const [index, name] of this.#names().entries()) {
      if (index % PAGE === PAGE - 1) yield;
      if (name.startsWith(REMOVED)) clear(join(this.#folder, name));
      else if (!exists(name)) this.#removeOrphan(name);
    }
  }

  #removeOrphan(name: string): void {
    const mark = readMark(join(this.#folder, name));
    if (mark?.database !== this.#database || encodeURIComponent(mark.runId) !== name) return;
    try {
      this.remove(mark.runId);
    } catch {
      // The next sweep tries again.
    }
  }

  #names(): readonly string[] {
    try {
      return readdirSync(this.#folder);
    } catch {
      return [];
    }
  }

  // The mark of a database that was renamed, or copied with its runs, names no other database.
  #isForeign({ database }: Mark): boolean {
    if (database === this.#database) return false;
    return existsSync(join(dirname(this.#folder), database));
  }
}

// Not awaited: to remove a folder with many files can take seconds. What is left when the process
// ends is removed by the next sweep.
function clear(path: string): void {
  rm(path, { recursive: true, force: true }).catch(() => undefined);
}

/** Creates a folder that only its owner can access. Throws if the path is something else. */
function makeFolder(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) {
    mkdirSync(path, { mode: 0o700, recursive: true });
    // The mode of `mkdir` is reduced by the process's mask, but never widened by it.
    chmodSync(path, 0o700);
  } else if (!found.isDirectory())
    throw new Error(`${path} is not a folder, so the run cannot have its directory there`);
}

function markOf(path: string): string {
  return join(path, OWN_FOLDER, MARK);
}

function readMark(path: string): Mark | undefined {
  try {
    const mark: unknown = JSON.parse(readFileSync(markOf(path), "utf8"));
    const { runId, database } = mark as Partial<Record<keyof Mark, unknown>>;
    const isMark = typeof runId === "string" && typeof database === "string";
    return isMark ? { runId, database } : undefined;
  } catch {
    return undefined;
  }
}
