import { hash } from "node:crypto";
import {
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { backUpDatabase } from "../../src/salvage/index.js";
import { openSqliteStorage } from "../../src/storage/sqlite/SqliteStorage.js";
import { entry, freshPaths, withRaw, withRun, write } from "./fixture.js";

const path = freshPaths("backup");
const backup = (): string => `${path()}.backup`;
/** The files in the folder, without the log and index that SQLite keeps beside a database. */
const files = (): readonly string[] =>
  readdirSync(dirname(path()))
    .filter((name) => !/^workflow\.db-(wal|shm)$/.test(name))
    .sort();

describe("backUpDatabase", () => {
  test("copies everything that is committed, including what is only in the log, while an engine writes", async () => {
    const storage = withRun(path(), 2);
    const done = backUpDatabase({ from: path(), to: backup() });
    write(storage, "r1", [entry(3)]);
    expect(await done).toEqual({
      path: backup(),
      bytes: statSync(backup()).size,
      runCount: 1,
      checked: "journals",
    });
    write(storage, "r1", [entry(4)]);
    storage.close();
    const copy = openSqliteStorage({ path: backup(), readOnly: true });
    expect([...copy.readJournal("r1")].map(({ seq }) => seq)).toEqual([1, 2, 3]);
    copy.close();
  });

  test("writes one private file without a log", async () => {
    withRun(path(), 2).close();
    await backUpDatabase({ from: path(), to: backup() });
    openSqliteStorage({ path: backup(), readOnly: true }).close();
    expect([files(), (statSync(backup()).mode & 0o777).toString(8)]).toEqual([
      ["workflow.db", "workflow.db.backup"],
      "600",
    ]);
  });

  test("does not copy into memory, and creates no file of that name", async () => {
    withRun(path(), 1).close();
    await expect(backUpDatabase({ from: path(), to: ":memory:" })).rejects.toMatchObject({
      code: "invalid_argument",
    });
    expect(existsSync(":memory:")).toBe(false);
  });

  test("does not overwrite a file, even through a link", async () => {
    withRun(path(), 1).close();
    writeFileSync(backup(), "mine");
    symlinkSync(backup(), `${path()}.link`);
    for (const to of [backup(), path(), `${path()}.link`])
      await expect(backUpDatabase({ from: path(), to })).rejects.toMatchObject({
        code: "invalid_argument",
        message: expect.stringContaining("already exists"),
      });
    expect(readFileSync(backup(), "utf8")).toBe("mine");
  });

  test.each(["-wal", "-journal"])(
    "refuses a path where the %s of another database lies, with which it would be read",
    async (suffix) => {
      withRun(path(), 1).close();
      writeFileSync(backup() + suffix, "a log");
      await expect(backUpDatabase({ from: path(), to: backup() })).rejects.toMatchObject({
        code: "database_unusable",
        message: expect.stringContaining(`its log ${backup()}${suffix} does`),
      });
      expect(files()).toEqual(["workflow.db", `workflow.db.backup${suffix}`]);
    },
  );

  test("has a name of up to 247 bytes", async () => {
    withRun(path(), 1).close();
    const to = join(dirname(path()), "é".repeat(123));
    expect((await backUpDatabase({ from: path(), to: `${to}x` })).path).toBe(`${to}x`);
    await expect(backUpDatabase({ from: path(), to: `${to}xx` })).rejects.toMatchObject({
      code: "database_unusable",
      message: expect.stringContaining("has 248 bytes, and 247 are possible"),
    });
  });

  test("leaves no file if a journal entry does not match its hash", async () => {
    withRun(path(), 3).close();
    withRaw(path(), (database) =>
      database.exec("UPDATE workflow_journal SET payload = '{}' WHERE entry_id % 100 = 2"),
    );
    await expect(backUpDatabase({ from: path(), to: backup() })).rejects.toMatchObject({
      code: "journal_damaged",
      suggestion: { action: "salvage_database" },
    });
    expect(files()).toEqual(["workflow.db"]);
  });

  test.each([
    ["a definition does not match its hash", "UPDATE workflow_definitions SET source = '{} '"],
    [
      "the inputs of a run do not match their hash",
      `UPDATE workflow_runs SET inputs = '{"key":"other"}'`,
    ],
    ["a large result does not match its hash", "UPDATE workflow_artifacts SET content = '[]'"],
    ["a large result is missing", "DELETE FROM workflow_artifacts"],
  ])("leaves no file if %s", async (_, change) => {
    const content = JSON.stringify("x".repeat(100));
    const sha256 = hash("sha256", content, "hex");
    const storage = withRun(path(), 1);
    storage.commit({
      newRuns: [],
      artifacts: [{ sha256, content }],
      logs: [],
      runs: [
        {
          runId: "r1",
          leaseEpoch: 1,
          entries: [{ ...entry(2), payload: JSON.stringify({ artifact: sha256 }) }],
          checkpoints: [],
        },
      ],
    });
    storage.close();
    await backUpDatabase({ from: path(), to: `${path()}.intact` });
    withRaw(path(), (database) => database.exec(change));
    await expect(backUpDatabase({ from: path(), to: backup() })).rejects.toMatchObject({
      code: "journal_damaged",
      suggestion: { action: "salvage_database" },
    });
    expect(files()).toEqual(["workflow.db", "workflow.db.intact"]);
  });

  test("refuses a file without runs and a missing file, and changes nothing", async () => {
    withRun(path(), 1).close();
    const other = `${path()}.other`;
    withRaw(other, (database) => database.exec("CREATE TABLE theirs (x)"));
    for (const from of [other, `${path()}.missing`])
      await expect(backUpDatabase({ from, to: backup() })).rejects.toMatchObject({
        code: "database_unusable",
      });
    expect(files()).toEqual(["workflow.db", "workflow.db.other"]);
  });

  test("checks only the pages of a database of a newer version", async () => {
    withRun(path(), 1).close();
    withRaw(path(), (database) =>
      database.exec(
        `INSERT INTO workflow_migrations VALUES (900, 'next', '${"d".repeat(64)}', 1, 1)`,
      ),
    );
    expect(await backUpDatabase({ from: path(), to: backup() })).toMatchObject({
      checked: "pages",
    });
  });

  test("reports a folder that cannot be written", async () => {
    withRun(path(), 1).close();
    await expect(
      backUpDatabase({ from: path(), to: `${path()}/in-a-file/x.db` }),
    ).rejects.toMatchObject({ code: "database_unusable" });
  });
});
