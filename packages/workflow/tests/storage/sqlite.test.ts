import { createHash } from "node:crypto";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RunState, RunStatus } from "@automatosx/schemas";
import Database from "better-sqlite3";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import type { JournalEntry, RunOwner } from "../../src/storage/StoragePort.js";
import { migrate, migrateDown } from "../../src/storage/sqlite/migrate.js";
import { openDatabase } from "../../src/storage/sqlite/open-database.js";
import { openSqliteStorage, type SqliteStorage } from "../../src/storage/sqlite/SqliteStorage.js";

const folder = mkdtempSync(join(tmpdir(), "axw-sqlite-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let path = "";
let files = 0;
beforeEach(() => {
  files += 1;
  path = join(folder, `new-folder-${files}`, "workflow.db");
});

const owner: RunOwner = { ownerId: "e1", host: "h", pid: 1, processStart: "s" };
const HASH = "b".repeat(64);
const entry = (seq: number): JournalEntry => ({
  runId: "r1",
  seq,
  type: "step_completed",
  at: seq,
  stepId: `s${seq}`,
  attemptNumber: 1,
  payload: `{"result":${seq}}`,
});

function withRun(entries: number): SqliteStorage {
  const storage = openSqliteStorage({ path });
  storage.saveDefinition({
    hash: HASH,
    workflowId: "w",
    name: "w",
    version: "1",
    format: "json",
    source: "{}",
    definition: "{}",
    stepCount: 1,
    createdAt: 1,
  });
  const run = { runId: "r1", workflowId: "w", definitionHash: HASH, inputs: {}, context: {}, createdAt: 1, owner, leaseUntil: 9 };
  const commit = { runId: "r1", leaseEpoch: 1, entries: [...Array(entries).keys()].map((n) => entry(n + 1)), checkpoints: [] };
  storage.commit({ newRuns: [run], artifacts: [], logs: [], runs: [commit] });
  return storage;
}

const objects = (database: Database.Database): unknown[] =>
  database.prepare("SELECT name FROM sqlite_schema WHERE name LIKE 'workflow%' ORDER BY name").pluck().all();

describe("openDatabase", () => {
  test("writes through to the disk on every commit, unless told that the process is enough", () => {
    const full = openDatabase({ path });
    const process = openDatabase({ path, durability: "process" });
    expect([
      full.pragma("synchronous", { simple: true }),
      full.pragma("journal_mode", { simple: true }),
      process.pragma("synchronous", { simple: true }),
    ]).toEqual([2, "wal", 1]);
    full.close();
    process.close();
  });

  test("keeps folder and files to their owner", () => {
    const storage = withRun(1);
    const mode = (file: string): string => (statSync(file).mode & 0o777).toString(8);
    expect([mode(join(path, "..")), mode(path), mode(`${path}-wal`), mode(`${path}-shm`)]).toEqual(["700", "600", "600", "600"]);
    storage.close();
  });

  test("says that there is no database when it is only to be looked at", () => {
    expect(() => openSqliteStorage({ path, readOnly: true })).toThrow(
      expect.objectContaining({ code: "database_unusable", remedy: expect.stringContaining("--db") }),
    );
  });

  test("says that a file is no database", () => {
    expect(() => openSqliteStorage({ path: new URL(import.meta.url).pathname, readOnly: true })).toThrow(
      expect.objectContaining({ code: "database_unusable" }),
    );
  });

  test("says that another process is writing", () => {
    const storage = withRun(1);
    const other = new Database(path);
    other.exec("BEGIN IMMEDIATE");
    const late = openSqliteStorage({ path, busyTimeoutMs: 20 });
    expect(() => late.renewLeases("e1", 5)).toThrow(expect.objectContaining({ code: "database_busy" }));
    other.exec("ROLLBACK");
    late.renewLeases("e1", 5);
    for (const open of [other, late, storage]) open.close();
  });

  test("says that the disk is full, and keeps what was acknowledged", () => {
    const storage = withRun(1);
    storage.close();
    const database = openDatabase({ path });
    const limited = new (storage.constructor as new (d: Database.Database, p: string) => SqliteStorage)(database, path);
    database.pragma(`max_page_count = ${Number(database.pragma("page_count", { simple: true })) + 2}`);
    const big = { ...entry(2), payload: JSON.stringify({ result: "x".repeat(100_000) }) };
    const commit = { newRuns: [], artifacts: [], logs: [], runs: [{ runId: "r1", leaseEpoch: 1, entries: [big], checkpoints: [] }] };
    expect(() => limited.commit(commit)).toThrow(expect.objectContaining({ code: "database_full" }));
    database.pragma("max_page_count = 1000000");
    limited.commit(commit);
    expect([...limited.readJournal("r1")].length).toBe(2);
    limited.close();
  });
});

describe("migrate", () => {
  test("goes forward, back and forward again, and leaves other phases' tables alone", () => {
    const database = openDatabase({ path });
    database.exec("CREATE TABLE workflows (id TEXT); INSERT INTO workflows VALUES ('mine')");
    migrate(database, 1);
    const made = objects(database);
    migrateDown(database);
    expect(objects(database)).toEqual(["workflows"]);
    migrate(database, 2);
    expect(objects(database)).toEqual(made);
    expect(made).toContain("workflow_events");
    expect(database.prepare("SELECT id FROM workflows").pluck().get()).toBe("mine");
    database.close();
  });

  test("leaves nothing behind when it fails half-way", () => {
    const database = openDatabase({ path });
    database.exec("CREATE TABLE workflow_step_logs (mine TEXT)");
    expect(() => migrate(database, 1)).toThrow(/already exists/);
    expect(objects(database)).toEqual(["workflow_step_logs"]);
    database.close();
  });

  test("refuses a database of a newer version and does not touch it", () => {
    const storage = withRun(1);
    storage.close();
    const database = new Database(path);
    database.prepare("INSERT INTO workflow_migrations VALUES (999, '999_later.sql', ?, 1)").run("c".repeat(64));
    database.pragma("wal_checkpoint(TRUNCATE)");
    database.close();
    const digest = (): string => createHash("sha256").update(readFileSync(path)).digest("hex");
    const before = digest();
    expect(() => openSqliteStorage({ path })).toThrow(
      expect.objectContaining({ code: "database_newer", remedy: expect.stringContaining("Upgrade") }),
    );
    expect(digest()).toBe(before);
  });

  test("refuses a database whose migration is not the one that is known", () => {
    withRun(1).close();
    const database = new Database(path);
    database.prepare("UPDATE workflow_migrations SET sha256 = ?").run("c".repeat(64));
    database.close();
    expect(() => openSqliteStorage({ path })).toThrow(expect.objectContaining({ code: "database_unusable" }));
  });
});

describe("the tables", () => {
  test("know the states and statuses of the schemas, no more and no fewer", () => {
    const sql = readFileSync(new URL("../../../../migrations/011_workflow_engine.sql", import.meta.url), "utf8");
    const listed = (column: string): string[] =>
      [...(new RegExp(`${column} +TEXT NOT NULL CHECK \\(${column} IN \\(([^)]*)\\)`).exec(sql)?.[1] ?? "").matchAll(/'([a-z_]+)'/g)].map(
        (match) => match[1] ?? "",
      );
    expect(listed("state")).toEqual(RunState.options);
    expect(listed("status")).toEqual(RunStatus.options);
  });

  test.each([
    ["a state that does not fit its status", "UPDATE workflow_runs SET state = 'paused'"],
    ["an unknown state", "UPDATE workflow_runs SET state = 'resting'"],
    ["an end without an ending", "UPDATE workflow_runs SET finished_at = 5"],
    ["half a lease", "UPDATE workflow_runs SET owner_pid = NULL"],
    ["inputs that are no object", "UPDATE workflow_runs SET inputs = '[]'"],
    ["a run of no definition", "UPDATE workflow_runs SET definition_hash = 'x'"],
    ["an entry before the first", "UPDATE workflow_events SET seq = 0"],
    ["an outcome of no attempt", "UPDATE workflow_events SET attempt_number = NULL"],
    ["a payload that is no JSON", "UPDATE workflow_events SET payload = '{'"],
    ["an unknown event", "UPDATE workflow_events SET type = 'step_vanished'"],
    ["a short hash", "UPDATE workflow_events SET hash = x'00'"],
    ["an entry of no run", "UPDATE workflow_events SET run_id = 'nowhere'"],
  ])("refuse %s", (_, sql) => {
    const storage = withRun(1);
    const database = new Database(path);
    database.pragma("foreign_keys = ON");
    expect(() => database.exec(sql)).toThrow(/constraint failed/);
    database.close();
    storage.close();
  });
});

describe("the journal", () => {
  test("names the damaged entry and the last good one, whatever was changed in it", () => {
    withRun(5).close();
    for (const change of ["payload = '{\"result\":7}'", "at = 99", "step_id = 'x'", "attempt_number = 2", "hash = zeroblob(32)"]) {
      const damaged = `${path}.damaged`;
      copyFileSync(path, damaged);
      const database = new Database(damaged);
      database.exec(`UPDATE workflow_events SET ${change} WHERE seq = 4`);
      database.close();
      const storage = openSqliteStorage({ path: damaged });
      expect(() => [...storage.readJournal("r1")]).toThrow(
        expect.objectContaining({ code: "journal_damaged", message: expect.stringContaining("entry 4") }),
      );
      storage.close();
      for (const suffix of ["", "-wal", "-shm"]) rmSync(damaged + suffix, { force: true });
    }
  });

  test("notices an entry that is gone", () => {
    const storage = withRun(5);
    new Database(path).exec("DELETE FROM workflow_events WHERE seq = 3");
    expect(() => [...storage.readJournal("r1")]).toThrow(
      expect.objectContaining({
        code: "journal_damaged",
        message: expect.stringContaining("entry 3 is missing. The last good entry is 2"),
      }),
    );
    storage.close();
  });

  test("refuses a thousand writes of an engine that lost its lease", () => {
    const storage = withRun(1);
    const other = openSqliteStorage({ path });
    other.acquireLease({ runId: "r1", owner: { ...owner, ownerId: "e2" }, now: 10, leaseUntil: 20, isDead: () => false });
    let refused = 0;
    for (let n = 0; n < 1000; n += 1) {
      try {
        storage.commit({
          newRuns: [],
          artifacts: [],
          logs: [],
          runs: [{ runId: "r1", leaseEpoch: 1, entries: [entry(2)], checkpoints: [] }],
        });
      } catch (error) {
        refused += (error as { code: string }).code === "lease_lost" ? 1 : 0;
      }
    }
    expect([refused, [...other.readJournal("r1")].length]).toEqual([1000, 1]);
    storage.close();
    other.close();
  });
});
