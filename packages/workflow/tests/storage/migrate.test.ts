import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import {
  assertCanCreate,
  isUpToDate,
  type Migration,
  migrate,
  migrateDown,
  OWN_LEDGER,
  ownMigrations,
  STORAGE_FORMAT,
} from "../../src/storage/sqlite/migrate.js";
import { openDatabase } from "../../src/storage/sqlite/open-database.js";
import { openSqliteStorage } from "../../src/storage/sqlite/SqliteStorage.js";
import { freshPaths, newRun, withRaw, withRun, write } from "./fixture.js";

const path = freshPaths("migrate");

const schema = (database: Database.Database): unknown[] =>
  database
    .prepare(
      "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name",
    )
    .all();
const names = (database: Database.Database): unknown[] =>
  database
    .prepare("SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name")
    .pluck()
    .all();
const next = (up: string): readonly Migration[] => [
  ...ownMigrations(),
  {
    number: 99,
    name: "099_next.sql",
    up,
    down: "DROP TABLE workflow_next",
    sha256: "d".repeat(64),
  },
];

/** The migrations up to this number. */
const upTo = (last: number): ReturnType<typeof ownMigrations> =>
  ownMigrations().filter(({ number }) => number <= last);

describe("migrate", () => {
  test("records each migration with the hash of its text", () => {
    const database = openDatabase({ path: path() });
    expect([migrate(database, 7), migrate(database, 8)]).toEqual([true, false]);
    const recorded = ([number, name]: readonly [number, string]): object => ({
      number,
      name,
      sha256: createHash("sha256")
        .update(readFileSync(new URL(`../../../../migrations/${name}`, import.meta.url)))
        .digest("hex"),
      format: STORAGE_FORMAT,
      applied_at: 7,
    });
    expect(database.prepare("SELECT * FROM workflow_migrations").all()).toEqual(
      (
        [
          [11, "011_workflow_engine.sql"],
          [12, "012_owners.sql"],
          [13, "013_language.sql"],
          [14, "014_results.sql"],
          [15, "015_traces.sql"],
          [16, "016_notices.sql"],
          [17, "017_backends.sql"],
        ] as const
      ).map(recorded),
    );
    database.close();
  });

  test("creates in a new database what the migrations create one after the other", () => {
    const [whole, stepwise] = ["whole.db", "stepwise.db"].map((name) =>
      openDatabase({ path: join(dirname(path()), name) }),
    ) as [Database.Database, Database.Database];
    migrate(whole, 1);
    for (const [index] of ownMigrations().entries())
      migrate(stepwise, 1, ownMigrations().slice(0, index + 1));
    const content = (database: Database.Database): unknown => [
      schema(database),
      database.prepare("SELECT * FROM workflow_migrations").all(),
      database.prepare("SELECT only_row, length(database_id) FROM workflow_database").all(),
    ];
    expect(content(whole)).toEqual(content(stepwise));
    whole.close();
    stepwise.close();
  });

  test("applies, reverts and reapplies migrations beside the tables of other packages", () => {
    const database = openDatabase({ path: path() });
    database.exec(`
      CREATE TABLE workflows (id TEXT, status TEXT);
      INSERT INTO workflows VALUES ('mine', 'x');
      CREATE INDEX workflows_by_status ON workflows (status);
      CREATE TABLE schema_migrations (version INTEGER)`);
    const theirs = schema(database);
    migrate(database, 1);
    const made = schema(database);
    migrateDown(database);
    expect(schema(database)).toEqual(theirs);
    migrateDown(database);
    migrate(database, 2);
    expect(schema(database)).toEqual(made);
    expect(database.prepare("SELECT id FROM workflows").pluck().all()).toEqual(["mine"]);
    database.close();
  });

  test("prefixes every name with workflow_", () => {
    const database = openDatabase({ path: path() });
    migrate(database, 1);
    expect(names(database).filter((name) => !String(name).startsWith("workflow_"))).toEqual([]);
    database.close();
  });

  test("reverts a database with forks and checkpoints, and leaves none of their bytes", () => {
    const storage = withRun(path(), 2);
    const checkpoint = {
      runId: "r1",
      kind: "manual",
      createdAt: 1,
      completedCount: 1,
      payload: '{"secret":"canary-7f3a"}',
      sha256: "e".repeat(64),
    } as const;
    write(storage, "r1", [], {
      checkpoints: [
        { ...checkpoint, checkpointId: "c1", seq: 1 },
        { ...checkpoint, checkpointId: "c2", seq: 2, parentCheckpointId: "c1" },
      ],
    });
    storage.commit({
      newRuns: [{ ...newRun("r2"), parentRunId: "r1" }],
      artifacts: [],
      runs: [],
      logs: [],
    });
    storage.close();
    const database = openDatabase({ path: path() });
    migrateDown(database);
    expect(names(database)).toEqual([]);
    database.pragma("wal_checkpoint(TRUNCATE)");
    expect(readFileSync(path()).includes("canary-7f3a")).toBe(false);
    database.close();
  });

  test("rolls back a migration that fails halfway, and applies it in full the next time", () => {
    const database = openDatabase({ path: path() });
    migrate(database, 1);
    const before = schema(database);
    expect(() =>
      migrate(database, 2, next("CREATE TABLE workflow_next (x); SELECT * FROM killed_here")),
    ).toThrow(/killed_here/);
    expect([schema(database), database.inTransaction]).toEqual([before, false]);
    migrate(database, 3, next("CREATE TABLE workflow_next (x)"));
    expect(database.prepare("SELECT number, applied_at FROM workflow_migrations").all()).toEqual([
      { number: 11, applied_at: 1 },
      { number: 12, applied_at: 1 },
      { number: 13, applied_at: 1 },
      { number: 14, applied_at: 1 },
      { number: 15, applied_at: 1 },
      { number: 16, applied_at: 1 },
      { number: 17, applied_at: 1 },
      { number: 99, applied_at: 3 },
    ]);
    migrateDown(database, next(""));
    expect(schema(database)).toEqual([]);
    database.close();
  });

  test("refuses a database in which another package has a table of the same name", () => {
    const database = openDatabase({ path: path() });
    database.exec("CREATE TABLE workflow_step_logs (mine TEXT)");
    expect(() => migrate(database, 1)).toThrow(/already exists/);
    expect(names(database)).toEqual(["workflow_step_logs"]);
    database.close();
  });

  test("does not take the tables that another process is creating for those of a program", () => {
    const [one, two] = [openDatabase({ path: path() }), openDatabase({ path: path() })];
    let isFirst = true;
    const late = new Proxy(one, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== "function") return member;
        return (...given: readonly unknown[]) => {
          const isList = name === "prepare" && String(given[0]).includes("type, name FROM");
          if (isList && isFirst) {
            isFirst = false;
            migrate(two, 1);
          }
          return Reflect.apply(member, target, given) as unknown;
        };
      },
    });
    const set = { ledger: OWN_LEDGER, migrations: ownMigrations() };
    assertCanCreate(late, "workflow.db", set);
    expect([isFirst, migrate(one, 2)]).toEqual([false, false]);
    one.close();
    two.close();
  });

  test("applies each migration once when two connections migrate at the same time", () => {
    const [one, two] = [openDatabase({ path: path() }), openDatabase({ path: path() })];
    expect([isUpToDate(one), isUpToDate(two)]).toEqual([false, false]);
    migrate(one, 1);
    migrate(two, 2);
    expect(two.prepare("SELECT applied_at FROM workflow_migrations").pluck().all()).toEqual([
      1, 1, 1, 1, 1, 1, 1,
    ]);
    one.close();
    two.close();
  });

  test("finds every migration, each of which can be reverted", () => {
    expect(
      ownMigrations().map(({ number, name, down }) => [number, name, down.includes("DROP")]),
    ).toEqual([
      [11, "011_workflow_engine.sql", true],
      [12, "012_owners.sql", true],
      [13, "013_language.sql", true],
      [14, "014_results.sql", true],
      [15, "015_traces.sql", true],
      [16, "016_notices.sql", true],
      [17, "017_backends.sql", true],
    ]);
  });

  test("knows 011 by the text that databases of version 0.1.0 record", () => {
    expect(ownMigrations()[0]?.sha256).toBe(
      "bc6d6260730e3b58eeb417097e26143c474bf2b1364c9827ca91add36fb374f7",
    );
  });

  test("012 adds to a database of 011, and its reversal restores the schema of 011", () => {
    const database = openDatabase({ path: path() });
    const [first, second] = ownMigrations();
    if (first === undefined || second === undefined) throw new Error("no migrations");
    migrate(database, 1, [first]);
    const before = schema(database);
    database.exec(`
      INSERT INTO workflow_definitions VALUES
        ('${"a".repeat(64)}', 'w', 'w', '1', 'yaml', '', '{"steps":[{}]}', 1, 1, zeroblob(32));
      INSERT INTO workflow_runs (run_id, workflow_id, definition_hash, state, status, inputs,
        context, created_at, updated_at, owner_id, owner_host, owner_pid, owner_process_start,
        lease_until, origin_hash)
      VALUES ('r1', 'w', '${"a".repeat(64)}', 'idle', 'running', '{}', '{}', 1, 1, 'e', 'h', 2, 's',
        3, zeroblob(32));
      INSERT INTO workflow_agent_processes VALUES ('r1', 'a', 1, 'h', 7, 's')`);
    const rows = (): unknown[] => [
      database.prepare("SELECT * FROM workflow_runs").all(),
      database.prepare("SELECT * FROM workflow_agent_processes").all(),
    ];
    const old = rows();
    migrate(database, 2);
    expect(
      database
        .prepare(
          `SELECT owner_machine, started_from, process.owner_id, machine, token,
             process.database_id IS file.database_id AS isOfThisFile, device, inode
           FROM workflow_runs JOIN workflow_agent_processes process USING (run_id),
             workflow_database file`,
        )
        .all(),
    ).toEqual([
      {
        owner_machine: null,
        started_from: null,
        owner_id: null,
        machine: null,
        token: null,
        isOfThisFile: 1,
        device: null,
        inode: null,
      },
    ]);
    for (const { number, down } of ownMigrations().toReversed())
      if (number > 12) database.exec(down);
    database.exec(`${second.down}; DELETE FROM workflow_migrations WHERE number > 11`);
    expect([schema(database), rows()]).toEqual([before, old]);
    database.close();
  });

  test("013 keeps runs and commands, and its reversal restores the schema and the rows of 012", () => {
    const database = openDatabase({ path: path() });
    const [first, second] = ownMigrations();
    if (first === undefined || second === undefined) throw new Error("no migrations");
    migrate(database, 1, [first, second]);
    const before = schema(database);
    database.exec(`
      INSERT INTO workflow_definitions VALUES
        ('${"a".repeat(64)}', 'w', 'w', '1', 'yaml', '', '{"steps":[{}]}', 1, 1, zeroblob(32));
      INSERT INTO workflow_runs (run_id, workflow_id, definition_hash, state, status, inputs,
        context, created_at, updated_at, origin_hash)
      VALUES ('r1', 'w', '${"a".repeat(64)}', 'idle', 'running', '{}', '{}', 1, 1, zeroblob(32));
      INSERT INTO workflow_commands VALUES
        (3, 'r1', 'pause', '{}', 1, 'ok:', 2), (7, 'r1', 'cancel', '{}', 3, NULL, NULL)`);
    const rows = (): unknown[] => [
      database.prepare("SELECT * FROM workflow_runs").all(),
      database.prepare("SELECT * FROM workflow_commands").all(),
    ];
    const old = rows();
    migrate(database, 2, upTo(13));
    expect(rows()).toEqual([
      [{ ...(old[0] as object[])[0], pause_reason: null, wake_at: null, parent_step_id: null }],
      old[1],
    ]);
    database.exec(`
      INSERT INTO workflow_commands (run_id, verb, argument, sent_at)
        VALUES ('r1', 'answer', '{}', 4);
      UPDATE workflow_runs SET state = 'paused', status = 'paused', pause_reason = 'waiting',
        wake_at = 5`);
    const added = "SELECT command_id FROM workflow_commands WHERE verb = 'answer'";
    expect(database.prepare(added).pluck().all()).toEqual([8]);
    database.exec(upTo(13).at(-1)?.down ?? "");
    const [[run], commands] = rows() as [object[], object[]];
    expect(schema(database)).toEqual(before);
    expect([run, commands]).toEqual([
      { ...(old[0] as object[])[0], state: "paused", status: "paused" },
      old[1],
    ]);
    database.close();
  });
});

describe("opening a database of another version", () => {
  const digests = (): unknown[] =>
    readdirSync(dirname(path())).map((name) => [
      name,
      createHash("sha256")
        .update(readFileSync(`${dirname(path())}/${name}`))
        .digest("hex"),
    ]);

  test.each([
    [
      "a newer migration",
      "INSERT INTO workflow_migrations VALUES (999, '999_later.sql', printf('%064d', 0), 1, 1)",
      "migration 999",
    ],
    ["a newer format", "UPDATE workflow_migrations SET format = 2", "format 2"],
  ])("refuses %s and changes no byte of the file", (_, sql, what) => {
    withRun(path(), 3).close();
    withRaw(path(), (database) => {
      database.exec(sql);
      database.pragma("journal_mode = DELETE");
    });
    const before = digests();
    for (const readOnly of [false, true]) {
      expect(() => openSqliteStorage({ path: path(), readOnly })).toThrow(
        expect.objectContaining({
          code: "database_newer",
          message: expect.stringContaining(what),
          remedy: expect.stringContaining("Upgrade"),
        }),
      );
    }
    expect(digests()).toEqual(before);
  });

  test("refuses a newer format in WAL mode and leaves the file unchanged", () => {
    withRun(path(), 3).close();
    withRaw(path(), (database) => database.exec("UPDATE workflow_migrations SET format = 2"));
    const before = readFileSync(path());
    expect(() => openSqliteStorage({ path: path() })).toThrow(
      expect.objectContaining({ code: "database_newer" }),
    );
    expect(readFileSync(path()).equals(before)).toBe(true);
  });

  test("refuses a newer format without checkpointing the log of a newer process", () => {
    const storage = withRun(path(), 3);
    withRaw(path(), (database) => database.exec("UPDATE workflow_migrations SET format = 2"));
    const contents = (): string[] =>
      [path(), `${path()}-wal`].map((file) => readFileSync(file).toString("base64"));
    const before = contents();
    expect(() => openSqliteStorage({ path: path() })).toThrow(
      expect.objectContaining({ code: "database_newer" }),
    );
    expect(contents()).toEqual(before);
    storage.close();
  });

  test("refuses a migration whose text has changed", () => {
    withRun(path(), 1).close();
    withRaw(path(), (database) =>
      database
        .prepare("UPDATE workflow_migrations SET sha256 = ? WHERE number = 11")
        .run("c".repeat(64)),
    );
    expect(() => openSqliteStorage({ path: path() })).toThrow(
      expect.objectContaining({
        code: "database_unusable",
        message: expect.stringContaining("011_workflow_engine.sql"),
      }),
    );
  });
});
