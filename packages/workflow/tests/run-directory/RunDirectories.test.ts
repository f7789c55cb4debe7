import { existsSync, mkdirSync, renameSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { RunDirectories } from "../../src/run-directory/RunDirectories.js";

/** A folder with databases of these names. */
async function folderWith(...databases: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "run-directories-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const name of databases) writeFileSync(join(folder, name), "");
  return folder;
}

const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);

describe("RunDirectories.prepare", () => {
  test("makes `runs/<run id>` beside the database, which only its owner can access", async () => {
    const folder = await folderWith("a.db");
    const path = new RunDirectories(join(folder, "a.db")).prepare("run-1");
    expect([path, mode(path), mode(join(folder, "runs")), mode(join(path, ".axw"))]).toEqual([
      join(folder, "runs", "run-1"),
      "700",
      "700",
      "700",
    ]);
  });

  test("keeps what is in a directory that exists", async () => {
    const folder = await folderWith("a.db");
    const directories = new RunDirectories(join(folder, "a.db"));
    writeFileSync(join(directories.prepare("run-1"), "notes.md"), "n");
    expect(existsSync(join(directories.prepare("run-1"), "notes.md"))).toBe(true);
  });

  test("refuses the directory of another database in the same folder", async () => {
    const folder = await folderWith("a.db", "b.db");
    new RunDirectories(join(folder, "a.db")).prepare("nightly");
    const other = new RunDirectories(join(folder, "b.db"));
    expect(() => other.prepare("nightly")).toThrow("belongs to a run of the database a.db");
  });

  test("accepts its directories after the database was renamed", async () => {
    const folder = await folderWith("a.db");
    new RunDirectories(join(folder, "a.db")).prepare("run-1");
    renameSync(join(folder, "a.db"), join(folder, "b.db"));
    const renamed = new RunDirectories(join(folder, "b.db"));
    renamed.prepare("run-1");
    for (const _ of renamed.removeOrphans(() => false));
    expect(existsSync(renamed.pathOf("run-1"))).toBe(false);
  });

  test("refuses a link in the place of the directory", async () => {
    const folder = await folderWith("a.db");
    mkdirSync(join(folder, "runs"));
    symlinkSync(tmpdir(), join(folder, "runs", "run-1"));
    const directories = new RunDirectories(join(folder, "a.db"));
    expect(() => directories.prepare("run-1")).toThrow("is not a folder");
  });
});

describe("RunDirectories.removeOrphans", () => {
  test("removes only directories of this database whose runs do not exist", async () => {
    const folder = await folderWith("a.db", "b.db");
    const directories = new RunDirectories(join(folder, "a.db"));
    const kept = [
      directories.prepare("alive"),
      new RunDirectories(join(folder, "b.db")).prepare("of-b"),
      join(folder, "runs", "not-a-run"),
    ];
    mkdirSync(join(folder, "runs", "not-a-run"));
    const removed = [directories.prepare("gone"), join(folder, "runs", ".removed-1")];
    mkdirSync(join(folder, "runs", ".removed-1"));
    for (const _ of directories.removeOrphans((runId) => runId === "alive"));
    await vi.waitFor(() => expect(existsSync(join(folder, "runs", ".removed-1"))).toBe(false));
    expect([kept.map((path) => existsSync(path)), removed.map((path) => existsSync(path))]).toEqual(
      [
        [true, true, true],
        [false, false],
      ],
    );
  });

  test("does nothing if no run had a directory", async () => {
    const folder = await folderWith("a.db");
    for (const _ of new RunDirectories(join(folder, "a.db")).removeOrphans(() => false));
    expect(existsSync(join(folder, "runs"))).toBe(false);
  });
});
