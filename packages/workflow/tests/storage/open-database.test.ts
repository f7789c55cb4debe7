import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { toWorkflowError } from "../../src/storage/sqlite/database-error.js";
import { openDatabase } from "../../src/storage/sqlite/open-database.js";
import { openSqliteStorage, SqliteStorage } from "../../src/storage/sqlite/SqliteStorage.js";
import { entry, freshPaths, withRaw, withRun, write } from "./fixture.js";

const path = freshPaths("open");
const mode = (file: string): string => (statSync(file).mode & 0o777).toString(8);

describe("openDatabase", () => {
  test("sets the pragmas for durability `full` and for durability `process`", () => {
    const pragmas = [
      "synchronous",
      "journal_mode",
      "foreign_keys",
      "trusted_schema",
      "secure_delete",
      "mmap_size",
      "cell_size_check",
      "busy_timeout",
    ];
    const read = (durability: "full" | "process"): unknown[] => {
      const database = openDatabase({ path: path(), durability });
      // The driver reports other values until the file is accessed.
      database.prepare("SELECT * FROM sqlite_schema").all();
      const values = pragmas.map((name) => database.pragma(name, { simple: true }));
      database.close();
      return values;
    };
    expect([read("full"), read("process")]).toEqual([
      [2, "wal", 1, 0, 1, 0, 1, 5000],
      [1, "wal", 1, 0, 1, 0, 1, 5000],
    ]);
  });

  test("stays at synchronous=2 after commits to a file that another program created", () => {
    mkdirSync(dirname(path()));
    withRaw(path(), (database) => database.exec("CREATE TABLE theirs (x)"));
    const database = openDatabase({ path: path() });
    database.exec("INSERT INTO theirs VALUES (1)");
    expect(database.pragma("synchronous", { simple: true })).toBe(2);
    database.close();
  });

  test("makes the folder and files accessible to their owner only", () => {
    const before = process.umask(0);
    const storage = withRun(path(), 1);
    process.umask(before);
    expect([dirname(path()), path(), `${path()}-wal`, `${path()}-shm`].map(mode)).toEqual([
      "700",
      "600",
      "600",
      "600",
    ]);
    storage.close();
  });

  test("restricts an empty file when it creates the tables, and keeps modes set later", () => {
    mkdirSync(dirname(path()));
    writeFileSync(path(), "");
    chmodSync(path(), 0o644);
    openSqliteStorage({ path: path() }).close();
    expect(mode(path())).toBe("600");
    chmodSync(path(), 0o640);
    openSqliteStorage({ path: path() }).close();
    expect(mode(path())).toBe("640");
  });

  test("keeps the mode of a file that another program created", () => {
    mkdirSync(dirname(path()));
    withRaw(path(), (database) => database.exec("CREATE TABLE workflows (id TEXT)"));
    chmodSync(path(), 0o644);
    openSqliteStorage({ path: path() }).close();
    expect(mode(path())).toBe("644");
  });
});

describe("openSqliteStorage, read-only", () => {
  test("reads the database and writes from other connections, and refuses to write", () => {
    const storage = withRun(path(), 2);
    const reader = openSqliteStorage({ path: path(), readOnly: true });
    const before = reader.dataVersion();
    write(storage, "r1", [entry(3)]);
    expect([
      [...reader.readJournal("r1")].length,
      reader.dataVersion() !== before,
      reader.listRuns().length,
    ]).toEqual([3, true, 1]);
    expect(() => reader.renewLeases("e1", ["r1"], 5)).toThrow(
      expect.objectContaining({ code: "database_unusable" }),
    );
    reader.close();
    storage.close();
  });

  test("does not create a file, and suggests starting a run", () => {
    expect(() => openSqliteStorage({ path: path(), readOnly: true })).toThrow(
      expect.objectContaining({
        code: "database_unusable",
        remedy: "Check the path, or start a run to create the database.",
        suggestion: { action: "start_run" },
      }),
    );
    expect(existsSync(dirname(path()))).toBe(false);
  });

  test("does not create tables", () => {
    mkdirSync(dirname(path()));
    withRaw(path(), (database) => database.exec("CREATE TABLE workflows (id TEXT)"));
    const before = readFileSync(path());
    expect(() => openSqliteStorage({ path: path(), readOnly: true })).toThrow(
      expect.objectContaining({
        code: "database_unusable",
        message: expect.stringContaining("no tables"),
      }),
    );
    expect(readFileSync(path()).equals(before)).toBe(true);
  });
});

describe("an SQLite error", () => {
  test("reports a file that is not a database, and leaves it unchanged", () => {
    mkdirSync(dirname(path()));
    writeFileSync(path(), "id: not-a-database\n".repeat(100));
    for (const readOnly of [true, false]) {
      expect(() => openSqliteStorage({ path: path(), readOnly })).toThrow(
        expect.objectContaining({
          code: "database_unusable",
          message: expect.stringContaining("not a database"),
        }),
      );
    }
    expect(readFileSync(path(), "utf8")).toBe("id: not-a-database\n".repeat(100));
  });

  test("reports database_busy while another connection writes", () => {
    const storage = withRun(path(), 1);
    const other = new Database(path());
    other.exec("BEGIN IMMEDIATE");
    const late = openSqliteStorage({ path: path(), busyTimeoutMs: 20 });
    expect(() => late.renewLeases("e1", ["r1"], 5)).toThrow(
      expect.objectContaining({ code: "database_busy" }),
    );
    other.exec("ROLLBACK");
    late.renewLeases("e1", ["r1"], 5);
    expect(late.getRun("r1")?.leaseUntil).toBe(5);
    for (const open of [other, late, storage]) open.close();
  });

  test("reports database_full, keeps earlier commits, and writes again once there is room", () => {
    withRun(path(), 1).close();
    const database = openDatabase({ path: path() });
    const storage = new SqliteStorage(database, path(), "0".repeat(32));
    database.pragma(
      `max_page_count = ${Number(database.pragma("page_count", { simple: true })) + 2}`,
    );
    const big = { ...entry(2), payload: JSON.stringify({ result: "x".repeat(100_000) }) };
    expect(() => write(storage, "r1", [big])).toThrow(
      expect.objectContaining({ code: "database_full" }),
    );
    expect([...storage.readJournal("r1")].length).toBe(1);
    database.pragma("max_page_count = 1000000");
    write(storage, "r1", [big]);
    expect([...storage.readJournal("r1")].length).toBe(2);
    storage.close();
  });

  test.each([
    ["SQLITE_BUSY_SNAPSHOT", "database_busy"],
    ["SQLITE_LOCKED_SHAREDCACHE", "database_busy"],
    ["SQLITE_FULL", "database_full"],
    ["SQLITE_IOERR_WRITE", "database_full"],
    ["SQLITE_IOERR_SHMSIZE", "database_full"],
    ["ENOSPC", "database_full"],
    ["EDQUOT", "database_full"],
    ["SQLITE_IOERR_FSYNC", "database_unusable"],
    ["SQLITE_CORRUPT_INDEX", "database_unusable"],
    ["SQLITE_NOTADB", "database_unusable"],
    ["SQLITE_CANTOPEN_ISDIR", "database_unusable"],
    ["SQLITE_READONLY_DBMOVED", "database_unusable"],
    ["EACCES", "database_unusable"],
    ["EMFILE", "database_unusable"],
    ["SQLITE_NOMEM", "database_unusable"],
    ["SQLITE_CONSTRAINT_FOREIGNKEY", "internal"],
  ])("with code %s becomes %s, with a remedy and its cause", (code, expected) => {
    const cause = Object.assign(new Error("the message of SQLite"), { code });
    expect(toWorkflowError("x.db", cause)).toEqual(
      expect.objectContaining({
        code: expected,
        cause,
        message: expect.stringContaining("the message of SQLite"),
        remedy: expect.stringMatching(/\w+/),
      }),
    );
  });

  test.each([
    Object.assign(new Error("Cannot find module '/app/better_sqlite3.node'\nRequire stack:"), {
      code: "MODULE_NOT_FOUND",
    }),
    Object.assign(new Error("invalid ELF header"), { code: "ERR_DLOPEN_FAILED" }),
    new ReferenceError("__dirname is not defined"),
  ])("of a driver without its binary explains bundles: %s", (cause) => {
    const [line] = cause.message.split("\n");
    expect(toWorkflowError("x.db", cause)).toEqual(
      expect.objectContaining({
        code: "database_unusable",
        message: `The SQLite driver, better-sqlite3, cannot load its binary: ${line}.`,
        remedy: expect.stringContaining("keep better-sqlite3 outside the bundle"),
        cause,
      }),
    );
  });

  test("is the only kind of error that is converted; others are returned unchanged", () => {
    const errors = [
      new TypeError("x"),
      new ReferenceError("x is not defined"),
      Object.assign(new Error("y"), { code: "ERR_INVALID_ARG_TYPE" }),
    ];
    expect(errors.map((error) => toWorkflowError("x.db", error))).toEqual(errors);
  });
});
