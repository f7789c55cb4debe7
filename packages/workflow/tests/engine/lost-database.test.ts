import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { openSqliteStorage } from "../../src/index.js";
import { SqliteTables } from "../../src/storage/sqlite/SqliteTables.js";
import { bench, workflow } from "../support/workflows.js";

function freshFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "axw-lost-")));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const remove = (path: string): void => {
  for (const suffix of ["", "-wal", "-shm"]) rmSync(path + suffix, { force: true });
};

/** Waits until the storage looks at its files again, which it does once a millisecond. */
function waitForRecheck(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3);
}

/** What can happen to a database at `db/x.db` under an engine, and what the error says. */
const LOSSES: readonly (readonly [string, (folder: string) => void, RegExp])[] = [
  ["is deleted", (folder) => remove(join(folder, "db/x.db")), /was deleted or moved/],
  [
    "is deleted with its folder",
    (folder) => rmSync(join(folder, "db"), { recursive: true }),
    /was deleted or moved/,
  ],
  [
    "is moved with its folder",
    (folder) => renameSync(join(folder, "db"), join(folder, "elsewhere")),
    /was (moved to .*elsewhere.x\.db|deleted or moved)/,
  ],
  [
    "is replaced by a copy",
    (folder) => {
      copyFileSync(join(folder, "db/x.db"), join(folder, "copy.db"));
      renameSync(join(folder, "copy.db"), join(folder, "db/x.db"));
    },
    /Another file replaced the database/,
  ],
  [
    "is replaced by an empty file",
    (folder) => {
      remove(join(folder, "db/x.db"));
      writeFileSync(join(folder, "db/x.db"), "");
    },
    /Another file replaced the database/,
  ],
  ["is truncated", (folder) => truncateSync(join(folder, "db/x.db"), 0), /was truncated/],
  [
    "has its log emptied",
    (folder) => truncateSync(join(folder, "db/x.db-wal"), 0),
    /x\.db-wal was truncated/,
  ],
  [
    "has the end of its log cut off",
    (folder) => truncateSync(join(folder, "db/x.db-wal"), 40_000),
    /x\.db-wal was truncated/,
  ],
  [
    "loses its log",
    (folder) => rmSync(join(folder, "db/x.db-wal")),
    /x\.db-wal was deleted or replaced/,
  ],
  [
    "loses the index of its log",
    (folder) => rmSync(join(folder, "db/x.db-shm")),
    /x\.db-shm was deleted or replaced/,
  ],
];

describe("an engine whose database file", () => {
  test.each(LOSSES)("%s pauses its runs with database_unusable", async (_, lose, says) => {
    const folder = freshFolder();
    const database = join(folder, "db/x.db");
    await using b = await bench(
      { a: { result: "a" }, b: { result: "b", afterMs: 5000 } },
      { database },
    );
    const run = await b.engine.start(workflow({ a: [], b: ["a"] }));
    await b.clock.advance(1000);
    lose(folder);
    waitForRecheck();
    const ending = await b.clock.advanceUntil(run.ending);
    expect(ending).toMatchObject({
      status: "paused",
      errorCode: "database_unusable",
      error: expect.stringMatching(says),
      results: { a: "a" },
    });
    expect(b.agent.aborted).toEqual([`${run.id}/b/1`]);
    expect(b.engine.getStats().active).toBe(0);
  });

  test.each(LOSSES)(
    "%s does not report the run as completed after its last step",
    async (_, lose) => {
      const folder = freshFolder();
      const database = join(folder, "db/x.db");
      await using b = await bench({ a: { result: "a", afterMs: 10 } }, { database });
      const run = await b.engine.start(workflow({ a: [] }));
      // Less than the interval of a poll: the commit itself must notice.
      await b.clock.advance(5);
      lose(folder);
      waitForRecheck();
      const ending = await b.clock.advanceUntil(run.ending);
      expect([ending.status, ending.errorCode]).toEqual(["paused", "database_unusable"]);
    },
  );

  test("is deleted starts no further run", async () => {
    const folder = freshFolder();
    const database = join(folder, "db/x.db");
    await using b = await bench({}, { database });
    remove(database);
    await expect(b.engine.start(workflow({ a: [] }))).rejects.toMatchObject({
      code: "database_unusable",
    });
    expect([b.agent.started, existsSync(database)]).toEqual([[], false]);
  });

  test("is deleted makes `execute` throw database_unusable", async () => {
    const folder = freshFolder();
    const database = join(folder, "db/x.db");
    await using b = await bench({ a: { result: "a", afterMs: 5000 } }, { database });
    const results = b.engine.execute(workflow({ a: [] }));
    await b.clock.advance(1000);
    remove(database);
    await expect(b.clock.advanceUntil(results)).rejects.toMatchObject({
      code: "database_unusable",
      message: expect.stringMatching(/^Run \S+ was stopped\. The database .* was deleted or moved/),
    });
  });

  test("is moved can be resumed at its new place", async () => {
    const folder = freshFolder();
    const script = { a: { result: "a" }, b: { result: "b", afterMs: 5000 } };
    const b = await bench(script, { database: join(folder, "db/x.db") });
    const run = await b.engine.start(workflow({ a: [], b: ["a"] }));
    await b.clock.advance(1000);
    renameSync(join(folder, "db"), join(folder, "moved"));
    await b.clock.advanceUntil(run.ending);
    await b.engine.close();
    await using next = await bench(script, { database: join(folder, "moved/x.db") });
    const again = await next.engine.resume(run.id);
    const { status, results } = await next.clock.advanceUntil(again.ending);
    expect([status, results, next.agent.started]).toEqual(["completed", { a: "a", b: "b" }, ["b"]]);
  });

  test("loses its log keeps every result once the engine is closed", async () => {
    const folder = freshFolder();
    const database = join(folder, "db/x.db");
    const script = { a: { result: "a" }, b: { result: "b", afterMs: 5000 } };
    const b = await bench(script, { database });
    const run = await b.engine.start(workflow({ a: [], b: ["a"] }));
    await b.clock.advance(1000);
    for (const suffix of ["-wal", "-shm"]) rmSync(database + suffix);
    await b.clock.advanceUntil(run.ending);
    await b.engine.close();
    await using next = await bench(script, { database });
    const again = await next.engine.resume(run.id);
    const { status } = await next.clock.advanceUntil(again.ending);
    expect([status, next.agent.started]).toEqual(["completed", ["b"]]);
  });

  test("is vacuumed by another process continues", async () => {
    const folder = freshFolder();
    const database = join(folder, "db/x.db");
    await using b = await bench({ b: { result: "b", afterMs: 5000 } }, { database });
    const before = await b.engine.start(workflow({ a: [] }, { id: "big" }), {
      context: { text: "x".repeat(3_000_000) },
    });
    await b.clock.advanceUntil(before.ending);
    const other = openSqliteStorage({ path: database });
    other.removeRuns({ runIds: [before.id], isHeld: () => false });
    other.vacuum();
    const run = await b.engine.start(workflow({ b: [] }));
    await b.clock.advance(500);
    other.vacuum();
    other.close();
    expect((await b.clock.advanceUntil(run.ending)).status).toBe("completed");
  });

  test("is reached by a link continues if the link is removed, and pauses if the file is", async () => {
    const folder = freshFolder();
    mkdirSync(join(folder, "db"));
    symlinkSync("db/x.db", join(folder, "link.db"));
    await using b = await bench(
      { a: { afterMs: 500, result: 1 }, b: { afterMs: 5000, result: 2 } },
      {
        database: join(folder, "link.db"),
      },
    );
    const run = await b.engine.start(workflow({ a: [], b: ["a"] }));
    await b.clock.advance(10);
    rmSync(join(folder, "link.db"));
    await b.clock.advance(1000);
    expect(run.steps().map(({ status }) => status)).toEqual(["completed", "running"]);
    remove(join(folder, "db/x.db"));
    expect(await b.clock.advanceUntil(run.ending)).toMatchObject({
      status: "paused",
      errorCode: "database_unusable",
    });
  });
});

describe("the tables of another package", () => {
  test("report a write to a file that is no longer at its path", () => {
    const path = join(freshFolder(), "db/x.db");
    const tables = SqliteTables.open({
      path,
      owner: "o",
      name: "notes",
      migrations: ["CREATE TABLE workflow_notes (text TEXT) STRICT"],
    });
    const insert = tables.prepare<[string]>("INSERT INTO workflow_notes VALUES (?)");
    tables.write(() => insert.run("one"));
    remove(path);
    expect(() => tables.write(() => insert.run("two"))).toThrow(
      expect.objectContaining({ code: "database_unusable" }),
    );
    tables.close();
    expect(existsSync(path)).toBe(false);
  });
});
