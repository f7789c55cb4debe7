import { readFileSync, statSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { openSqliteStorage } from "../../src/index.js";
import { SqliteTables, type SqliteTablesOptions, sha256 } from "../../src/storage/sqlite/index.js";
import { freshPaths, withRaw, withRun } from "./fixture.js";

const path = freshPaths("sqlite-tables");
const NOTES = "CREATE TABLE workflow_notes (text TEXT NOT NULL UNIQUE) STRICT";
const AUTHORS = "ALTER TABLE workflow_notes ADD COLUMN author TEXT";

const open = (more: Partial<SqliteTablesOptions> = {}): SqliteTables =>
  SqliteTables.open({
    path: path(),
    owner: "notes-package",
    name: "notes",
    migrations: [NOTES],
    ...more,
  });

function notesOf(tables: SqliteTables): unknown {
  return tables.read(() =>
    tables.prepare<[], string>("SELECT text FROM workflow_notes ORDER BY text").pluck().all(),
  );
}

function add(tables: SqliteTables, ...texts: readonly string[]): void {
  const insert = tables.prepare<[string]>("INSERT INTO workflow_notes (text) VALUES (?)");
  tables.write(() => {
    for (const text of texts) insert.run(text);
  });
}

describe("SqliteTables", () => {
  test("keeps its tables beside those of the workflows, whichever are created first", () => {
    const first = open();
    add(first, "before");
    withRun(path(), 2).close();
    add(first, "after");
    first.close();
    const again = open();
    expect(notesOf(again)).toEqual(["after", "before"]);
    again.close();
    const storage = openSqliteStorage({ path: path() });
    expect(storage.listRuns().length).toBe(1);
    storage.close();
  });

  test("applies the migrations of a newer version, and then refuses the older version", () => {
    const old = open();
    add(old, "kept");
    old.close();
    const newer = open({ migrations: [NOTES, AUTHORS] });
    expect(newer.prepare("SELECT * FROM workflow_notes").all()).toEqual([
      { text: "kept", author: null },
    ]);
    newer.close();
    const before = readFileSync(path());
    expect(() => open()).toThrow(
      expect.objectContaining({
        code: "database_newer",
        remedy: expect.stringContaining("Upgrade notes-package"),
      }),
    );
    expect(readFileSync(path()).equals(before)).toBe(true);
  });

  test("refuses a migration whose text has changed since it was applied", () => {
    open().close();
    expect(() => open({ migrations: [`${NOTES} -- edited`] })).toThrow(
      expect.objectContaining({
        code: "database_unusable",
        message: expect.stringContaining("notes 2"),
      }),
    );
  });

  test("rolls back a migration that fails", () => {
    expect(() =>
      open({ migrations: [NOTES, "CREATE TABLE workflow_other (x); SELECT * FROM nowhere"] }),
    ).toThrow(/nowhere/);
    const tables = open();
    expect(
      tables.prepare("SELECT name FROM sqlite_schema WHERE name = 'workflow_other'").all(),
    ).toEqual([]);
    tables.close();
  });

  test.each(["runs", "migrations", "Notes", "my_notes", "", "a; DROP TABLE x"])(
    "refuses the name %j",
    (name) => {
      expect(() => open({ name })).toThrow(expect.objectContaining({ code: "invalid_argument" }));
    },
  );

  test("rolls back a write that fails, and throws a WorkflowError", () => {
    const tables = open();
    add(tables, "one");
    expect(() => add(tables, "two", "one")).toThrow(
      expect.objectContaining({ name: "WorkflowError" }),
    );
    expect(notesOf(tables)).toEqual(["one"]);
    add(tables, "two");
    expect(notesOf(tables)).toEqual(["one", "two"]);
    tables.close();
  });

  test("reads one snapshot while another connection writes", () => {
    const [one, two] = [open(), open()];
    add(one, "a");
    const seen = one.read(() => {
      const count = one.prepare<[], number>("SELECT count(*) FROM workflow_notes").pluck();
      const before = count.get();
      add(two, "b");
      return [before, count.get()];
    });
    expect([seen, notesOf(one)]).toEqual([
      [1, 1],
      ["a", "b"],
    ]);
    one.close();
    two.close();
  });

  test("opens the file with the engine's pragmas and for its owner only", () => {
    const tables = open();
    const pragma = (name: string): unknown => tables.prepare(`PRAGMA ${name}`).pluck().get();
    expect(
      ["synchronous", "journal_mode", "secure_delete", "foreign_keys", "trusted_schema"].map(
        pragma,
      ),
    ).toEqual([2, "wal", 1, 1, 0]);
    expect(statSync(path()).mode & 0o777).toBe(0o600);
    expect(tables.isOpen).toBe(true);
    tables.close();
    expect(tables.isOpen).toBe(false);
  });

  test("reads an existing file in read-only mode, and writes and creates nothing", () => {
    expect(() => open({ readOnly: true })).toThrow(
      expect.objectContaining({ code: "database_unusable" }),
    );
    const tables = open();
    add(tables, "one");
    tables.close();
    const reader = open({ readOnly: true });
    expect(notesOf(reader)).toEqual(["one"]);
    expect(() => add(reader, "two")).toThrow(
      expect.objectContaining({ code: "database_unusable" }),
    );
    reader.close();
    withRaw(path(), (database) =>
      expect(database.prepare("SELECT count(*) FROM workflow_notes").pluck().get()).toBe(1),
    );
  });
});

describe("sha256", () => {
  test("is the plain SHA-256 of bytes, and differs for any two lists of fields", () => {
    expect(sha256(Buffer.from("abc"))).toBe(
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
    const lists = [
      ["ab", "c"],
      ["a", "bc"],
      ["abc"],
      ["abc", null],
      [null, "abc"],
      ["a", 1],
      ["a1"],
      [],
    ];
    expect(new Set(lists.map((fields) => sha256(fields))).size).toBe(lists.length);
  });
});
