import type Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { migrate, ownMigrations } from "../../src/storage/sqlite/migrate.js";
import { openDatabase } from "../../src/storage/sqlite/open-database.js";
import { freshPaths } from "./fixture.js";

const path = freshPaths("added-migrations");

const schema = (database: Database.Database): unknown[] =>
  database
    .prepare(
      "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name",
    )
    .all();

/** The migrations up to this number. */
const upTo = (last: number): ReturnType<typeof ownMigrations> =>
  ownMigrations().filter(({ number }) => number <= last);

const hash = "a".repeat(64);

/** A database with one run, and with the migrations up to this one. */
function withOneRun(migration: number): Database.Database {
  const database = openDatabase({ path: path() });
  migrate(database, 1, upTo(migration));
  database.exec(`
    INSERT INTO workflow_definitions VALUES
      ('${hash}', 'w', 'w', '1', 'yaml', '', '{"steps":[{"id":"a"}]}', 1, 1, zeroblob(32));
    INSERT INTO workflow_runs (run_id, workflow_id, definition_hash, state, status, inputs,
      context, created_at, updated_at, origin_hash)
    VALUES ('r1', 'w', '${hash}', 'idle', 'running', '{}', '{}', 1, 1, zeroblob(32))`);
  return database;
}

describe("migration 014", () => {
  test("keeps the rows of 013, and its reversal restores the schema and the rows", () => {
    const database = withOneRun(13);
    const rows = (): unknown[] => [
      database.prepare("SELECT * FROM workflow_runs").all(),
      database.prepare("SELECT * FROM workflow_definitions").all(),
    ];
    const before = [schema(database), rows()];
    migrate(database, 2, upTo(14));
    expect(rows()).toEqual(before[1]);
    database.exec(`
      INSERT INTO workflow_run_definitions VALUES ('r1', 3, '${hash}');
      INSERT INTO workflow_run_changes VALUES ('r1', 3);
      INSERT INTO workflow_result_cache VALUES ('${"b".repeat(64)}', 'r1', 2, 5)`);
    database.exec(ownMigrations().find(({ number }) => number === 14)?.down ?? "");
    expect([schema(database), rows()]).toEqual(before);
    database.close();
  });

  test("removes what a run came to and its cached results with the run, and keeps definitions", () => {
    const database = withOneRun(13);
    migrate(database, 2);
    database.pragma("foreign_keys = ON");
    const later = "c".repeat(64);
    database.exec(`
      INSERT INTO workflow_definitions VALUES
        ('${later}', 'w', 'w', '2', 'yaml', '', '{"steps":[{"id":"b"}]}', 1, 1, zeroblob(32));
      INSERT INTO workflow_run_definitions VALUES ('r1', 3, '${later}');
      INSERT INTO workflow_result_cache VALUES ('${"b".repeat(64)}', 'r1', 2, 5)`);
    expect(() =>
      database.prepare("DELETE FROM workflow_definitions WHERE hash = ?").run(later),
    ).toThrow(/FOREIGN KEY/);
    expect(database.prepare("SELECT step_id FROM workflow_run_steps").pluck().all()).toEqual(["b"]);
    database.exec("DELETE FROM workflow_runs");
    expect([
      database.prepare("SELECT count(*) FROM workflow_run_definitions").pluck().get(),
      database.prepare("SELECT count(*) FROM workflow_result_cache").pluck().get(),
    ]).toEqual([0, 0]);
    database.close();
  });
});

describe("migration 015", () => {
  test("adds unknown usage to runs, and its reversal restores the schema and the rows of 014", () => {
    const database = withOneRun(14);
    const rows = (): object[] => database.prepare("SELECT * FROM workflow_runs").all() as object[];
    const [before, old] = [schema(database), rows()];
    migrate(database, 2, upTo(15));
    expect(rows()).toEqual([{ ...old[0], attempts: null, tokens: null, usd: null }]);
    database.exec(`
      INSERT INTO workflow_traces VALUES ('r1', 3, 1);
      UPDATE workflow_runs SET attempts = 2, tokens = 30, usd = 0.5`);
    database.exec(upTo(15).at(-1)?.down ?? "");
    expect([schema(database), rows()]).toEqual([before, old]);
    database.close();
  });

  test("removes the position of a trace with its run", () => {
    const database = withOneRun(14);
    migrate(database, 2);
    database.pragma("foreign_keys = ON");
    database.exec("INSERT INTO workflow_traces VALUES ('r1', 3, 1); DELETE FROM workflow_runs");
    expect(database.prepare("SELECT count(*) FROM workflow_traces").pluck().get()).toBe(0);
    database.close();
  });
});

describe("migration 017", () => {
  test("makes no run a copy, and its reversal restores the schema and the rows of 016", () => {
    const database = withOneRun(16);
    const rows = (): object[] => database.prepare("SELECT * FROM workflow_runs").all() as object[];
    const [before, old] = [schema(database), rows()];
    migrate(database, 2, upTo(17));
    expect(rows()).toEqual([{ ...old[0], backend: null }]);
    database.exec("UPDATE workflow_runs SET backend = 'restate'");
    database.exec(upTo(17).at(-1)?.down ?? "");
    expect([schema(database), rows()]).toEqual([before, old]);
    database.close();
  });

  test("refuses a backend without a name, and a copy with an owner", () => {
    const database = withOneRun(16);
    migrate(database, 2);
    const owned = `owner_id = 'e', owner_host = 'h', owner_pid = 1, owner_process_start = '',
      lease_until = 1`;
    for (const change of ["backend = ''", `backend = 'restate', ${owned}`])
      expect(() => database.exec(`UPDATE workflow_runs SET ${change}`)).toThrow(/CHECK constraint/);
    database.exec(`UPDATE workflow_runs SET ${owned}`);
    database.close();
  });
});
