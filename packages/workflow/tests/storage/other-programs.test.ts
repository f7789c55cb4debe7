import {
  chmodSync,
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, onTestFinished, test } from "vitest";
import { WorkflowEngine } from "../../src/index.js";
import { schemaMentions } from "../../src/storage/sqlite/contains-table.js";
import { openSqliteStorage } from "../../src/storage/sqlite/SqliteStorage.js";
import { caught } from "./fixture.js";

/** Another program's database, and the path of its file. */
function theirs(
  mode: "wal" | "delete",
  tableCount = 1,
): { readonly path: string; readonly database: Database.Database } {
  const folder = mkdtempSync(join(tmpdir(), "axw-theirs-"));
  const path = join(folder, "app.db");
  const database = new Database(path);
  database.pragma(`journal_mode = ${mode}`);
  for (let at = 0; at < tableCount; at += 1)
    database.exec(`CREATE TABLE customers_${at} (name TEXT CHECK (name <> '${"x".repeat(200)}'))`);
  database.exec("INSERT INTO customers_0 VALUES ('Ann')");
  chmodSync(path, 0o664);
  onTestFinished(() => {
    database.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { path, database };
}

/** Everything about a file that a reader must leave as it is. */
function traces(path: string): unknown {
  const { mode, mtimeMs, size } = statSync(path);
  return { mode, mtimeMs, size, bytes: readFileSync(path).toString("base64") };
}

const OPENINGS = {
  "for reading": (path: string) => openSqliteStorage({ path, readOnly: true }),
  "without creating": (path: string) => openSqliteStorage({ path, create: false }),
};

describe.each(Object.entries(OPENINGS))("a database of another program, opened %s", (_, open) => {
  test.each(["wal", "delete"] as const)(
    "in journal mode %s is refused and not changed, without new files beside it",
    (mode) => {
      const { path, database } = theirs(mode);
      database.close();
      const before = [traces(path), readdirSync(join(path, ".."))];
      expect(caught(() => open(path))).toMatchObject({
        code: "database_unusable",
        message: `${path} contains no runs: it has no tables of this program. It was not changed.`,
      });
      expect([traces(path), readdirSync(join(path, ".."))]).toEqual(before);
    },
  );

  test("that it is writing is refused and not changed", () => {
    const { path, database } = theirs("wal");
    const before = traces(path);
    expect(caught(() => open(path)).code).toBe("database_unusable");
    database.exec("INSERT INTO customers_0 VALUES ('Bob')");
    expect([
      traces(path),
      database.prepare("SELECT count(*) FROM customers_0").pluck().get(),
    ]).toEqual([before, 2]);
  });

  test.each([
    ["an empty file", ""],
    ["a text file", "hello\n"],
  ])("is refused like %s, and not changed", (_name, text) => {
    const { path } = theirs("delete");
    const file = `${path}.other`;
    writeFileSync(file, text);
    const before = traces(file);
    expect(caught(() => open(file)).code).toBe("database_unusable");
    expect(traces(file)).toEqual(before);
  });
});

describe("a database of another program", () => {
  /** A copy of a database that is in use: its log has content, as after a crash. */
  const crashed = (): string => {
    const { path, database } = theirs("wal");
    const copy = `${path}.copy`;
    for (const suffix of ["", "-wal"]) copyFileSync(path + suffix, copy + suffix);
    database.close();
    return copy;
  };

  test.each(Object.entries(OPENINGS))("that crashed keeps its log, opened %s", (_, open) => {
    const path = crashed();
    const before = [traces(path), traces(`${path}-wal`)];
    expect(caught(() => open(path)).message).toContain("contains no runs");
    expect([traces(path), traces(`${path}-wal`)]).toEqual(before);
  });

  test.each(Object.entries(OPENINGS))(
    "whose schema mentions the name of our table is not changed, opened %s",
    (_, open) => {
      const { path, database } = theirs("delete");
      database.exec("CREATE TABLE my_workflow_migrations (workflow_migrations TEXT)");
      database.close();
      const before = [traces(path), readdirSync(join(path, ".."))];
      expect(caught(() => open(path)).message).toContain("contains no runs");
      expect([traces(path), readdirSync(join(path, ".."))]).toEqual(before);
    },
  );

  test.each(Object.entries(OPENINGS))(
    "with a table of the same name and other columns contains no runs, opened %s",
    (_, open) => {
      const { path, database } = theirs("delete");
      database.exec("CREATE TABLE workflow_migrations (id, name)");
      database.exec("INSERT INTO workflow_migrations VALUES (1, 'theirs')");
      const before = traces(path);
      expect(caught(() => open(path)).message).toContain("contains no runs");
      expect(traces(path)).toEqual(before);
    },
  );

  test.each([
    ["table", "workflow_runs", "CREATE TABLE workflow_runs (id)"],
    ["table", "Workflow_Journal", "CREATE TABLE Workflow_Journal (id)"],
    ["view", "workflow_migrations", "CREATE VIEW workflow_migrations AS SELECT 1"],
  ])("with a %s %s is refused and not changed", (type, name, sql) => {
    const { path, database } = theirs("delete");
    database.exec(sql);
    const before = traces(path);
    expect(caught(() => openSqliteStorage({ path }))).toMatchObject({
      code: "database_unusable",
      message: expect.stringContaining(`has a ${type} ${name} of another program`),
    });
    expect(traces(path)).toEqual(before);
  });

  test.each(["UTF-16le", "UTF-16be"])(
    "that stores text as %s is refused and stays as it is",
    (encoding) => {
      const { path } = theirs("delete");
      const file = `${path}.encoded`;
      const database = new Database(file);
      database.pragma(`encoding = "${encoding}"`);
      database.exec("CREATE TABLE customers (name)");
      const before = traces(file);
      expect(caught(() => openSqliteStorage({ path: file })).message).toContain(
        `stores text as ${encoding}, and the tables of this program need UTF-8`,
      );
      expect(traces(file)).toEqual(before);
      database.exec("CREATE TABLE workflow_migrations (x)");
      database.close();
      expect(
        ["workflow_migrations", "workflow_runs"].map((name) => schemaMentions(file, name)),
      ).toEqual([true, false]);
    },
  );

  test.each([512, 1024, 4096, 65_536])(
    "with pages of %i bytes contains the runs that were started in it",
    (pageBytes) => {
      const { path } = theirs("delete");
      const file = `${path}.pages`;
      const database = new Database(file);
      database.pragma(`page_size = ${pageBytes}`);
      database.exec("CREATE TABLE customers (name)");
      database.close();
      openSqliteStorage({ path: file }).close();
      const storage = openSqliteStorage({ path: file, readOnly: true });
      expect(storage.listRuns()).toEqual([]);
      storage.close();
    },
  );
});

describe("WorkflowEngine.open", () => {
  test("with `create: false` refuses a file without the tables", async () => {
    const { path } = theirs("delete");
    const before = traces(path);
    await expect(WorkflowEngine.open({ database: path, create: false })).rejects.toMatchObject({
      code: "database_unusable",
      suggestion: { action: "start_run" },
    });
    await expect(
      WorkflowEngine.open({ database: `${path}.missing`, create: false }),
    ).rejects.toMatchObject({ code: "database_unusable" });
    expect(traces(path)).toEqual(before);
  });

  test("creates its tables beside those of another program, and keeps the mode of the file", async () => {
    const { path, database } = theirs("delete");
    await using engine = await WorkflowEngine.open({ database: path });
    expect([
      (statSync(path).mode & 0o777).toString(8),
      database.prepare("SELECT name FROM customers_0").pluck().all(),
      (await engine.list()).length,
    ]).toEqual(["664", ["Ann"], 0]);
  });

  test("restricts a file that was empty", async () => {
    const { path } = theirs("delete");
    const file = `${path}.empty`;
    writeFileSync(file, "");
    chmodSync(file, 0o644);
    await (await WorkflowEngine.open({ database: file })).close();
    expect((statSync(file).mode & 0o777).toString(8)).toBe("600");
  });
});

describe("schemaMentions", () => {
  test("finds a table in a schema of many pages, and its absence", () => {
    const { path, database } = theirs("delete", 300);
    expect([
      schemaMentions(path, "customers_0"),
      schemaMentions(path, "customers_299"),
      schemaMentions(path, "workflow_migrations"),
    ]).toEqual([true, true, false]);
    database.exec("CREATE TABLE workflow_migrations (x)");
    expect(schemaMentions(path, "workflow_migrations")).toBe(true);
    expect(schemaMentions(path, "workflow_migration")).toBe(false);
  });

  test.each([16, 50, 99, 100, 600])(
    "answers undefined for a database of which %i bytes are left",
    (bytes) => {
      const { path } = theirs("delete");
      writeFileSync(path, readFileSync(path).subarray(0, bytes));
      expect(schemaMentions(path, "workflow_migrations")).toBe(undefined);
      for (const open of Object.values(OPENINGS))
        expect(caught(() => open(path)).code).toBe("database_unusable");
    },
  );

  test("answers undefined for a file that only SQLite can judge", () => {
    const { path } = theirs("wal");
    writeFileSync(`${path}.text`, "hello");
    expect([schemaMentions(path, "x"), schemaMentions(`${path}.text`, "x")]).toEqual([
      undefined,
      undefined,
    ]);
  });
});
