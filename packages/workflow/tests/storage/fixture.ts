import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JournalEntry } from "@automatosx/schemas";
import Database from "better-sqlite3";
import { afterAll, beforeEach } from "vitest";
import { WorkflowError } from "../../src/errors.js";
import type {
  NewRun,
  RunCommit,
  RunOwner,
  StoredDefinition,
} from "../../src/storage/StoragePort.js";
import { openSqliteStorage, type SqliteStorage } from "../../src/storage/sqlite/SqliteStorage.js";

/** A new database path before each test, in a folder that does not exist yet. */
export function freshPaths(name: string): () => string {
  const folder = mkdtempSync(join(tmpdir(), `axw-${name}-`));
  let tests = 0;
  beforeEach(() => {
    tests += 1;
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return () => join(folder, `new-folder-${tests}`, "workflow.db");
}

export const HASH = "b".repeat(64);

export const owner: RunOwner = { ownerId: "e1", host: "h", pid: 1, processStart: "s" };

export const definition: StoredDefinition = {
  hash: HASH,
  workflowId: "w",
  name: "W",
  version: "1",
  format: "json",
  source: "{}",
  definition: '{"steps":[{"id":"a"},{"id":"b"},{"id":"c"},{"id":"d"}]}',
  stepCount: 4,
  createdAt: 1,
};

export const newRun = (runId: string): NewRun => ({
  runId,
  workflowId: "w",
  definitionHash: HASH,
  inputs: { key: "value" },
  context: {},
  createdAt: 1,
  owner,
  leaseUntil: 9,
});

export const entry = (seq: number): JournalEntry => ({
  runId: "r1",
  seq,
  type: "step_completed",
  at: seq,
  stepId: `s${seq}`,
  attemptNumber: 1,
  payload: `{"result":${seq}}`,
});

/** Commits one turn of one run. */
export function write(
  storage: SqliteStorage,
  runId: string,
  entries: readonly JournalEntry[],
  more: Partial<RunCommit> = {},
): void {
  storage.commit({
    newRuns: [],
    artifacts: [],
    logs: [],
    runs: [{ runId, leaseEpoch: 1, entries, checkpoints: [], ...more }],
  });
}

/** A storage with one run, r1, whose journal has `entries` entries. */
export function withRun(path: string, entries: number): SqliteStorage {
  const storage = openSqliteStorage({ path });
  storage.saveWorkflow(definition);
  storage.commit({ newRuns: [newRun("r1")], artifacts: [], logs: [], runs: [] });
  write(
    storage,
    "r1",
    Array.from({ length: entries }, (_, index) => entry(index + 1)),
  );
  return storage;
}

/** Passes `action` a plain SQLite connection to the database, which bypasses the storage. */
export function withRaw<T>(path: string, action: (database: Database.Database) => T): T {
  const database = new Database(path);
  try {
    return action(database);
  } finally {
    database.close();
  }
}

/** The code, run and message of the WorkflowError that an action throws. */
export function caught(action: () => unknown): {
  code: string;
  runId: string | undefined;
  message: string;
} {
  try {
    action();
  } catch (error) {
    if (error instanceof WorkflowError)
      return { code: error.code, runId: error.runId, message: error.message };
    throw error;
  }
  return { code: "nothing thrown", runId: undefined, message: "" };
}
