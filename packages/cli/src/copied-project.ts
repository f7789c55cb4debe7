import { existsSync, realpathSync } from "node:fs";
import { dirname, isAbsolute, join, relative } from "node:path";
import { openSqliteStorage, type StoredRun } from "@automatosx/workflow/observe";
import { remoteBackend } from "./backend/chosen-backend.js";
import { type DbOptions, databasePath, nearestDatabase } from "./database.js";
import type { CliIo } from "./io.js";

/** A stored run whose paths are those of the project in which its database is now. */
export type PlacedRun<Run extends StoredRun = StoredRun> = Run & {
  /** The folder in which the run was started, if the project was copied from there. */
  readonly copiedFrom?: string;
};

/**
 * Returns the run with the paths of this project. If a project was copied as a whole, with its
 * `.ax`, a run of the copy works on the copy: a resume in it must not change the original. It is a
 * copy if the project of the run's folder has another database, which also contains the run.
 */
export function placedRun<Run extends StoredRun>(
  io: CliIo,
  options: DbOptions,
  run: Run,
): PlacedRun<Run> {
  const { directory, file, agentsFile } = run.startedFrom ?? {};
  // A run on other machines is no part of a project.
  if (directory === undefined || remoteBackend(io, options) !== undefined) return run;
  const [original, database] = [nearestDatabase(io, directory), databasePath(io, options)];
  const [from, to] = [projectOf(original), projectOf(database)];
  if (database !== join(to, relative(from, original)) || isSame(original, database)) return run;
  if (!containsRun(original, run)) return run;
  const moved = (path: string): string => {
    const inside = relative(from, path);
    return inside.startsWith("..") || isAbsolute(inside) ? path : join(to, inside);
  };
  const startedFrom = {
    directory: moved(directory),
    ...(file !== undefined && { file: moved(file) }),
    ...(agentsFile !== undefined && { agentsFile: moved(agentsFile) }),
  };
  return { ...run, startedFrom, copiedFrom: directory };
}

/** The folder that contains `.ax/workflow.db`. */
function projectOf(database: string): string {
  return dirname(dirname(database));
}

function isSame(one: string, other: string): boolean {
  if (one === other) return true;
  try {
    return realpathSync(one) === realpathSync(other);
  } catch {
    return false;
  }
}

function containsRun(path: string, { runId, createdAt, definitionHash }: StoredRun): boolean {
  if (!existsSync(path)) return false;
  try {
    const storage = openSqliteStorage({ path, readOnly: true });
    try {
      const found = storage.getRun(runId);
      return found?.createdAt === createdAt && found.definitionHash === definitionHash;
    } finally {
      storage.close();
    }
  } catch {
    // A database that cannot be read does not prove anything.
    return false;
  }
}
