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
  test("runs a file with what the promises need: on disk at every commit, or at the process's death", () => {
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
      // Only what is read once the file was touched is true.
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

  test("is still at synchronous=2 after commits, on a file made by someone else", () => {
    mkdirSync(dirname(path()));
    withRaw(path(), (database) => database.exec("CREATE TABLE theirs (x)"));
    const database = openDatabase({ path: path() });
    database.exec("INSERT INTO theirs VALUES (1)");
    expect(database.pragma("synchronous", { simple: true })).toBe(2);
    database.close();
  });

  test("keeps folder and files to their owner from the first moment", () => {
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

  test("closes a file of others to them when our tables come into it, and leaves later changes alone", () => {
    mkdirSync(dirname(path()));
    withRaw(path(), (database) => database.exec("CREATE TABLE workflows (id TEXT)"));
    chmodSync(path(), 0o644);
    openSqliteStorage({ path: path() }).close();
    expect(mode(path())).toBe("600");
    chmodSync(path(), 0o640);
    openSqliteStorage({ path: path() }).close();
    expect(mode(path())).toBe("640");
  });
});

describe("read-only", () => {
  test("shows what is there, sees what another writes, and refuses to write", () => {
    const storage = withRun(path(), 2);
    const looker = openSqliteStorage({ path: path(), readOnly: true });
    const before = looker.dataVersion();
    write(storage, "r1", [entry(3)]);
    expect([
      [...looker.readJournal("r1")].length,
      looker.dataVersion() !== before,
      looker.listRuns().length,
    ]).toEqual([3, true, 1]);
    expect(() => looker.renewLeases("e1", ["r1"], 5)).toThrow(
      expect.objectContaining({ code: "database_unusable" }),
    );
    looker.close();
    storage.close();
  });

  test("makes no file, and says what to do instead", () => {
    expect(() => openSqliteStorage({ path: path(), readOnly: true })).toThrow(
      expect.objectContaining({
        code: "database_unusable",
        remedy: expect.stringContaining("--db"),
      }),
    );
    expect(existsSync(dirname(path()))).toBe(false);
  });

  test("brings no tables", () => {
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

describe("errors of SQLite", () => {
  test("say that a file is no database, and leave it as it is", () => {
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

  test("say that another process is writing", () => {
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

  test("say that the disk is full, keep what was acknowledged, and go on when there is room", () => {
    withRun(path(), 1).close();
    const database = openDatabase({ path: path() });
    const storage = new SqliteStorage(database, path());
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
  ])("%s is %s, with a remedy and its cause", (code, expected) => {
    const cause = Object.assign(new Error("what it said"), { code });
    expect(toWorkflowError("x.db", cause)).toEqual(
      expect.objectContaining({
        code: expected,
        cause,
        message: expect.stringContaining("what it said"),
        remedy: expect.stringMatching(/\w+/),
      }),
    );
  });

  test("what is no error of SQLite or of a file stays what it is", () => {
    const errors = [
      new TypeError("x"),
      Object.assign(new Error("y"), { code: "ERR_INVALID_ARG_TYPE" }),
    ];
    expect(errors.map((error) => toWorkflowError("x.db", error))).toEqual(errors);
  });
});
