import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, describe, expect, test } from "vitest";
import { copyOpen, copyUnwritable } from "../../src/storage/sqlite/memory-copy.js";
import { openSqliteStorage } from "../../src/storage/sqlite/SqliteStorage.js";
import { caught, entry, withRun, write } from "./fixture.js";

const root = mkdtempSync(join(tmpdir(), "axw-read-only-"));
afterAll(() => {
  for (const name of readdirSync(root)) chmodSync(join(root, name), 0o700);
  rmSync(root, { recursive: true, force: true });
});

let folders = 0;
function fresh(): string {
  folders += 1;
  return join(root, `place-${folders}`, "workflow.db");
}

const OTHER = ["--reuid", "65534", "--regid", "65534", "--clear-groups"];
const child = new URL("../support/read-as-other.ts", import.meta.url).pathname;

/**
 * The process may write everywhere as root, so only another user or a mount shows the difference.
 * That user must be able to read the test itself, which may be in a private folder.
 */
const canBecomeOther =
  process.getuid?.() === 0 && spawnSync("setpriv", [...OTHER, "test", "-r", child]).status === 0;

describe("copyUnwritable", () => {
  test("returns a copy of an idle database that uses a log", () => {
    const path = fresh();
    withRun(path, 3).close();
    const copy = copyUnwritable(path);
    expect(copy?.prepare("SELECT count(*) FROM workflow_journal").pluck().get()).toBe(3);
    copy?.close();
    expect(readdirSync(dirname(path))).toEqual(["workflow.db"]);
  });

  test("returns nothing if the log has content, because only SQLite can read it", () => {
    const path = fresh();
    const storage = withRun(path, 3);
    expect(copyUnwritable(path)).toBeUndefined();
    storage.close();
  });
});

describe("copyOpen", () => {
  test("copies what the log contains, and leaves the database unchanged", () => {
    const path = fresh();
    const storage = withRun(path, 2);
    write(storage, "r1", [entry(3)]);
    const reader = new Database(path, { readonly: true });
    const copy = copyOpen(reader, path);
    copy.exec("DELETE FROM workflow_runs");
    expect([
      copy.prepare("SELECT count(*) FROM workflow_runs").pluck().get(),
      reader.prepare("SELECT count(*) FROM workflow_journal").pluck().get(),
    ]).toEqual([0, 3]);
    for (const open of [copy, reader, storage]) open.close();
  });
});

describe.skipIf(!canBecomeOther)("another user, who may only read the folder", () => {
  function readAsOther(path: string): unknown {
    chmodSync(root, 0o755);
    const { stdout, stderr } = spawnSync("setpriv", [...OTHER, process.execPath, child, path], {
      encoding: "utf8",
    });
    return stderr === "" ? (JSON.parse(stdout) as unknown) : stderr;
  }

  function share(path: string): void {
    chmodSync(dirname(path), 0o755);
    for (const name of readdirSync(dirname(path))) chmodSync(join(dirname(path), name), 0o644);
  }

  test("reads an idle database, and leaves no file beside it", () => {
    const path = fresh();
    withRun(path, 3).close();
    share(path);
    expect([readAsOther(path), readdirSync(dirname(path))]).toEqual([
      { runs: 1, entries: 3, isCopy: true },
      ["workflow.db"],
    ]);
  });

  test("gets an error that names what is missing if the log has content without its index", () => {
    const path = fresh();
    const live = `${fresh()}.live`;
    const storage = withRun(live, 3);
    withRun(path, 1).close();
    copyFileSync(live, path);
    copyFileSync(`${live}-wal`, `${path}-wal`);
    storage.close();
    share(path);
    expect(readAsOther(path)).toMatchObject({
      code: "database_unusable",
      message: expect.stringContaining("cannot be read, because nothing can be written beside it"),
      remedy: expect.stringContaining("Copy the database and its -wal"),
    });
  });

  test("reads a database that an engine is using", () => {
    const path = fresh();
    const storage = withRun(path, 3);
    share(path);
    expect(readAsOther(path)).toEqual({ runs: 1, entries: 3, isCopy: false });
    storage.close();
  });
});

describe("a read-only storage", () => {
  test("refuses to write to a copy", () => {
    const path = fresh();
    withRun(path, 3).close();
    const copy = copyUnwritable(path);
    copy?.pragma("query_only = ON");
    expect(() => copy?.exec("DELETE FROM workflow_runs")).toThrow("readonly");
    copy?.close();
    expect(caught(() => openSqliteStorage({ path: `${path}.none`, readOnly: true })).code).toBe(
      "database_unusable",
    );
  });
});
