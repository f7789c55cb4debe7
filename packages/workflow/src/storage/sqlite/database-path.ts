import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readlinkSync,
  realpathSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { WorkflowError } from "../../errors.js";
import { guard } from "./database-error.js";

export const IN_MEMORY = ":memory:";

/** The folder of the default database. Version control ignores it when it is created here. */
const OWN_FOLDER = ".ax";

/** The names of the files that SQLite keeps beside a database, without the name of the database. */
const COMPANIONS = /-(wal|shm|journal)$/;

/** How many bytes the name of a database may have: a name has 255, and `-journal` is added. */
const MAX_NAME_BYTES = 247;

/** How many links a path may contain, as on Linux. */
const MAX_LINKS = 40;

/**
 * Returns the absolute path of a database without symbolic links. SQLite keeps the log beside the
 * file itself, so every part that looks for the log or the folder must use this path. A file that
 * does not exist yet is resolved through its folder, and a link to it through its target.
 *
 * Throws `invalid_argument` for a path that no file can have, and `database_unusable` for one that
 * cannot be followed or does not name a regular file.
 */
export function resolveDatabasePath(path: string): string {
  if (path === IN_MEMORY) return path;
  assertPath(path);
  return guard(path, () => {
    const real = realPath(resolve(path), 0);
    assertPath(real);
    assertName(real);
    assertFile(real);
    return real;
  });
}

/**
 * Creates the folder of a database if it does not exist. Results may be secret, so only its owner
 * can access it. A new `.ax` folder also hides itself from version control: a `git clean` or a
 * `git stash -u` in the middle of a run would otherwise remove the database.
 */
export function prepareFolder(path: string): void {
  const folder = dirname(resolve(path));
  if (existsSync(folder)) return;
  const first = mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  const own = [first, ...childrenOnTheWay(first, folder)].find((at) => basename(at) === OWN_FOLDER);
  if (own === undefined) return;
  try {
    writeFileSync(join(own, ".gitignore"), "*\n", { flag: "wx", mode: 0o600 });
  } catch (error) {
    // Another process has created the folder at the same time.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

function childrenOnTheWay(from: string, to: string): string[] {
  const names = relative(from, to).split(sep);
  return names.map((_, at) => join(from, ...names.slice(0, at + 1)));
}

/**
 * Throws `database_unusable` if a database has a second name, a hard link. Its log lies beside one
 * of its names only, so a process that opens the other name would not see what the log contains.
 */
export function assertOneName(path: string): void {
  const names = statSync(path, { throwIfNoEntry: false })?.nlink ?? 1;
  if (names <= 1) return;
  throw new WorkflowError(
    "database_unusable",
    `The database ${path} has ${names} names (hard links), but its log belongs to only one of ` +
      "them. Nothing was changed.",
    {
      remedy:
        "Copy the file together with its -wal, and use the copy; or remove the other names while " +
        "no process uses the database.",
    },
  );
}

/**
 * Throws `database_unusable` if the log of a database lies at this path, but not the database: a
 * new database would be read with that log, or the log would be removed.
 */
export function assertNoLog(path: string): void {
  for (const suffix of ["-wal", "-journal"]) {
    const log = `${path}${suffix}`;
    if (existsSync(path) || (statSync(log, { throwIfNoEntry: false })?.size ?? 0) === 0) continue;
    throw new WorkflowError(
      "database_unusable",
      `The database ${path} does not exist, but its log ${log} does. Nothing was changed.`,
      {
        remedy:
          "If the database was moved or deleted, put it back beside its log, or a copy of it; " +
          "if the log is not needed, remove it. Otherwise, use another name.",
      },
    );
  }
}

/** Creates a file that only its owner can read. Throws `EEXIST` if it exists. */
export function createPrivate(path: string): void {
  closeSync(openSync(path, "wx", 0o600));
}

function assertPath(path: string): void {
  // The driver removes white space from the end of a path, and would open another file.
  const problem = path.includes("\0")
    ? "contains a NUL character"
    : path.trim() === ""
      ? "is empty"
      : path.trimEnd() !== path
        ? "ends with white space"
        : undefined;
  if (problem === undefined) return;
  throw new WorkflowError(
    "invalid_argument",
    `The path of the database ${problem}: ${JSON.stringify(path)}.`,
    { remedy: "Pass the path of a file.", suggestion: { action: "read_help" } },
  );
}

function assertName(path: string): void {
  const bytes = Buffer.byteLength(basename(path));
  if (bytes > MAX_NAME_BYTES)
    throw new WorkflowError(
      "database_unusable",
      `The name of the database ${path} has ${bytes} bytes, and ${MAX_NAME_BYTES} are possible: ` +
        "its log has the same name with a suffix.",
      { remedy: "Use a shorter name." },
    );
  const database = path.replace(COMPANIONS, "");
  if (database === path || !existsSync(database)) return;
  throw new WorkflowError(
    "database_unusable",
    `${path} is the name of a file that belongs to the database ${database}. Nothing was changed.`,
    { remedy: `Pass ${database}, or use another name.` },
  );
}

function assertFile(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined || found.isFile()) return;
  const what = found.isDirectory() ? "a folder" : "not a regular file";
  throw new WorkflowError("database_unusable", `${path} is ${what}, so it cannot be a database.`, {
    remedy: "Pass the path of a file.",
  });
}

function realPath(path: string, links: number): string {
  try {
    return realpathSync.native(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  const folder = dirname(path);
  if (folder === path) return path;
  const realFolder = realPath(folder, links);
  const target = targetOf(join(realFolder, basename(path)));
  if (target === undefined) return join(realFolder, basename(path));
  if (links >= MAX_LINKS)
    throw Object.assign(new Error(`too many symbolic links, open '${path}'`), { code: "ELOOP" });
  return realPath(resolve(realFolder, target), links + 1);
}

function targetOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "EINVAL") return undefined;
    throw error;
  }
}
