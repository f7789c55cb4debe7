import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { describe, expect, test } from "vitest";
import { readFormat } from "../../src/index.js";
import { thisProcess } from "../../src/storage/process-identity.js";
import { ownMigrations } from "../../src/storage/sqlite/migrate.js";
import { openSqliteStorage } from "../../src/storage/sqlite/SqliteStorage.js";
import { SqliteTables } from "../../src/storage/sqlite/SqliteTables.js";
import { caught, freshPaths, withRaw, withRun } from "./fixture.js";

const path = freshPaths("upgrade");
const newest = ownMigrations().at(-1)?.number ?? 0;
const before = (): string => `${path()}.before-${String(newest).padStart(3, "0")}`;
const files = (): readonly string[] => readdirSync(dirname(path())).sort();

/** A database with one run whose newest migration is reverted. */
function older(entries = 3): void {
  withRun(path(), entries).close();
  withRaw(path(), (database) => {
    const last = ownMigrations().at(-1);
    database.exec(last?.down ?? "");
    database.prepare("DELETE FROM workflow_migrations WHERE number = ?").run(last?.number);
  });
}

function entriesOf(file: string): number {
  const storage = openSqliteStorage({ path: file, readOnly: true });
  try {
    return [...storage.readJournal("r1")].length;
  } finally {
    storage.close();
  }
}

describe("an older database", () => {
  test("is backed up beside itself before it is migrated", () => {
    older();
    openSqliteStorage({ path: path() }).close();
    expect({
      mode: (statSync(before()).mode & 0o777).toString(8),
      backup: readFormat(before()).migrations.at(-1) ?? 0,
      migrated: readFormat(path()).migrations.at(-1),
      entries: [entriesOf(before()), entriesOf(path())],
    }).toEqual({
      mode: "600",
      backup: newest - 1,
      migrated: newest,
      entries: [3, 3],
    });
  });

  test("does not overwrite an earlier backup", () => {
    older();
    writeFileSync(before(), "mine");
    openSqliteStorage({ path: path() }).close();
    expect([readFileSync(before(), "utf8"), entriesOf(`${before()}.2`)]).toEqual(["mine", 3]);
  });

  test("is backed up once, not at each opening", () => {
    older();
    for (let times = 0; times < 3; times += 1) openSqliteStorage({ path: path() }).close();
    expect(files()).toEqual(["workflow.db", `workflow.db.before-0${newest}`]);
  });

  test("is read without being migrated", () => {
    older();
    const bytes = readFileSync(path());
    const storage = openSqliteStorage({ path: path(), readOnly: true });
    expect([
      storage.listRuns().map(({ runId }) => runId),
      [...storage.readJournal("r1")].length,
      storage.describe().isCopy,
      caught(() => storage.saveWorkflow(storage.listWorkflows()[0] as never)).code,
    ]).toEqual([["r1"], 3, true, "database_unusable"]);
    storage.close();
    expect([readFileSync(path()).equals(bytes), readFormat(path()).migrations.at(-1)]).toEqual([
      true,
      newest - 1,
    ]);
  });

  test("is not migrated while a living process owns a run in it", () => {
    older();
    const { pid, processStart } = thisProcess();
    withRaw(path(), (database) =>
      database
        .prepare(
          "UPDATE workflow_runs SET owner_host = ?, owner_pid = ?, owner_process_start = ?, " +
            "lease_until = 8e15",
        )
        .run(hostname(), pid, processStart),
    );
    for (const create of [true, false])
      expect(caught(() => openSqliteStorage({ path: path(), create }))).toMatchObject({
        code: "run_owned_elsewhere",
        runId: "r1",
        message: expect.stringContaining("older version"),
      });
    expect([files(), readFormat(path()).migrations.at(-1)]).toEqual([["workflow.db"], newest - 1]);
  });

  test("is not migrated if the backup cannot be written", () => {
    older(400);
    withRaw(path(), (database) => database.exec("UPDATE sqlite_sequence SET seq = seq WHERE 0"));
    const taken = [before(), ...Array.from({ length: 999 }, (_, at) => `${before()}.${at + 2}`)];
    for (const file of taken) writeFileSync(file, "");
    expect(caught(() => openSqliteStorage({ path: path() }))).toMatchObject({
      code: "database_unusable",
      message: expect.stringContaining("the backup that precedes a migration cannot be written"),
    });
    expect(readFormat(path()).migrations.at(-1)).toBe(newest - 1);
  });

  test("keeps the mode of its file", () => {
    older();
    chmodSync(path(), 0o640);
    openSqliteStorage({ path: path() }).close();
    expect((statSync(path()).mode & 0o777).toString(8)).toBe("640");
  });
});

describe("tables of another package", () => {
  test("are also backed up before they are migrated", () => {
    const open = (...migrations: string[]): SqliteTables =>
      SqliteTables.open({ path: path(), owner: "o", name: "notes", migrations });
    open("CREATE TABLE workflow_notes (text TEXT) STRICT").close();
    expect(files()).toEqual(["workflow.db"]);
    open(
      "CREATE TABLE workflow_notes (text TEXT) STRICT",
      "ALTER TABLE workflow_notes ADD COLUMN at REAL",
    ).close();
    expect(files()).toEqual(["workflow.db", "workflow.db.before-notes-003"]);
  });
});

describe("readFormat", () => {
  test("describes a newer database, which stays unchanged", () => {
    withRun(path(), 1).close();
    withRaw(path(), (database) =>
      database.exec(
        `INSERT INTO workflow_migrations VALUES (${newest + 5}, 'next', '${"d".repeat(64)}', 9, 1)`,
      ),
    );
    const bytes = readFileSync(path());
    expect(readFormat(path())).toEqual({
      format: 9,
      migrations: [...ownMigrations().map(({ number }) => number), newest + 5],
      knownFormat: 1,
      known: ownMigrations().map(({ number }) => number),
    });
    expect(caught(() => openSqliteStorage({ path: path() })).code).toBe("database_newer");
    expect(readFileSync(path()).equals(bytes)).toBe(true);
  });
});
