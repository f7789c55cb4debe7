import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { backUpDatabase, salvageDatabase } from "../../src/salvage/index.js";
import { resolveDatabasePath } from "../../src/storage/sqlite/database-path.js";
import { openSqliteStorage } from "../../src/storage/sqlite/SqliteStorage.js";
import { SqliteTables } from "../../src/storage/sqlite/SqliteTables.js";
import { caught, entry, withRun, write } from "./fixture.js";

function freshFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "axw-path-")));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Links of every kind to `real/x.db`; each is the path of a link. */
function linksTo(folder: string): readonly string[] {
  mkdirSync(join(folder, "real"), { recursive: true });
  mkdirSync(join(folder, "deep"));
  symlinkSync("real/x.db", join(folder, "relative.db"));
  symlinkSync(join(folder, "real/x.db"), join(folder, "absolute.db"));
  symlinkSync("relative.db", join(folder, "chain.db"));
  symlinkSync("../real", join(folder, "deep/folder"));
  symlinkSync("folder/x.db", join(folder, "deep/through.db"));
  return ["relative.db", "absolute.db", "chain.db", "deep/folder/x.db", "deep/through.db"].map(
    (name) => join(folder, name),
  );
}

/** A database whose log has two damaged commits in its middle, as SQLite would silently drop them. */
function damaged(path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const live = withRun(`${path}.live`, 2);
  for (const seq of [3, 4, 5, 6]) write(live, "r1", [entry(seq)]);
  copyFileSync(`${path}.live`, path);
  const log = readFileSync(`${path}.live-wal`);
  live.close();
  const frame = 24 + 4096;
  const ends: number[] = [];
  for (let at = 32; at + frame <= log.length; at += frame)
    if (log.readUInt32BE(at + 4) > 0) ends.push(at);
  const at = (ends.at(-3) ?? 0) + 200;
  log[at] = (log[at] ?? 0) ^ 1;
  writeFileSync(`${path}-wal`, log);
}

describe("resolveDatabasePath", () => {
  test("follows links to a file, to its folder, to a link, and to a file that does not exist yet", () => {
    const folder = freshFolder();
    const links = linksTo(folder);
    const real = join(folder, "real/x.db");
    expect(links.map(resolveDatabasePath)).toEqual(links.map(() => real));
    writeFileSync(real, "");
    expect(links.map(resolveDatabasePath)).toEqual(links.map(() => real));
    expect(resolveDatabasePath(join(folder, "deep/folder/new/y.db"))).toBe(
      join(folder, "real/new/y.db"),
    );
  });

  test.each(["-wal", "-shm", "-journal"])(
    "refuses the name of a database followed by %s, which SQLite uses itself",
    (suffix) => {
      const path = join(freshFolder(), "x.db");
      expect(resolveDatabasePath(path + suffix)).toBe(path + suffix);
      withRun(path, 1).close();
      symlinkSync(path + suffix, `${path}.link`);
      for (const given of [path + suffix, `${path}.link`])
        expect(caught(() => resolveDatabasePath(given))).toMatchObject({
          code: "database_unusable",
          message: expect.stringContaining(`belongs to the database ${path}`),
        });
    },
  );

  test("leaves a database in memory alone", () => {
    expect(resolveDatabasePath(":memory:")).toBe(":memory:");
  });

  test.each([
    ["a loop", "loop", "database_unusable"],
    ["a name of 300 characters", "n".repeat(300), "database_unusable"],
    ["a folder", "folder", "database_unusable"],
    ["a path through a file", "file/x.db", "database_unusable"],
    ["a NUL character", "x\0.db", "invalid_argument"],
    ["white space at the end", "x.db ", "invalid_argument"],
  ])("refuses %s with a coded error and a remedy, at every entry", (_, name, code) => {
    const folder = freshFolder();
    symlinkSync("loop", join(folder, "loop"));
    mkdirSync(join(folder, "folder"));
    writeFileSync(join(folder, "file"), "");
    const path = join(folder, name);
    const entries = [
      () => openSqliteStorage({ path }),
      () => openSqliteStorage({ path, readOnly: true }),
      () => openSqliteStorage({ path, create: false }),
      () => SqliteTables.open({ path, owner: "o", name: "notes", migrations: [] }),
      () => salvageDatabase({ from: path, to: join(folder, "new.db") }),
      () => salvageDatabase({ from: join(folder, "file"), to: path }),
    ];
    expect(entries.map((open) => caught(open).code)).toEqual(entries.map(() => code));
  });

  test("refuses an empty path", () => {
    expect(caught(() => openSqliteStorage({ path: "" })).code).toBe("invalid_argument");
  });
});

describe("a database behind a symbolic link", () => {
  test("whose log is damaged is refused, and nothing in the log is dropped", () => {
    const folder = freshFolder();
    const real = join(folder, "real/x.db");
    damaged(real);
    const log = readFileSync(`${real}-wal`);
    for (const path of linksTo(folder)) {
      for (const options of [{ path }, { path, readOnly: true }, { path, create: false }])
        expect(caught(() => openSqliteStorage(options))).toMatchObject({
          code: "database_unusable",
          message: expect.stringContaining(`The log ${real}-wal is damaged`),
        });
      expect(
        caught(() => SqliteTables.open({ path, owner: "o", name: "notes", migrations: [] })),
      ).toMatchObject({ code: "database_unusable" });
    }
    expect(readFileSync(`${real}-wal`).equals(log)).toBe(true);
  });

  test("is salvaged with its log, and into the target of a link", () => {
    const folder = freshFolder();
    damaged(join(folder, "real/x.db"));
    const rescued = linksTo(folder).map((from) => {
      const to = join(folder, `new-${basename(from)}`);
      const { runs } = salvageDatabase({ from, to });
      rmSync(to);
      return runs.map(({ runId, lastSeen }) => [runId, lastSeen]);
    });
    expect(rescued).toEqual(rescued.map(() => [["r1", 6]]));
    symlinkSync("real/target.db", join(folder, "dangling.db"));
    salvageDatabase({ from: join(folder, "chain.db"), to: join(folder, "dangling.db") });
    expect(existsSync(join(folder, "real/target.db"))).toBe(true);
  });

  test("that does not exist yet is created as the target, with a restricted log beside it", () => {
    const folder = freshFolder();
    const [link = ""] = linksTo(folder);
    const storage = withRun(link, 1);
    expect(existsSync(join(folder, "real/x.db-wal"))).toBe(true);
    storage.close();
    expect(existsSync(join(folder, "relative.db-wal"))).toBe(false);
    const read = openSqliteStorage({ path: join(folder, "chain.db"), readOnly: true });
    expect(read.listRuns().length).toBe(1);
    read.close();
  });
});

describe("a database with a second name", () => {
  test("is refused for writing, so that no log is overlooked, and can be read and backed up", async () => {
    const folder = freshFolder();
    const [one, other] = [join(folder, "x.db"), join(folder, "y.db")];
    withRun(one, 2).close();
    linkSync(one, other);
    expect([one, other].map((path) => caught(() => openSqliteStorage({ path })).code)).toEqual([
      "database_unusable",
      "database_unusable",
    ]);
    const to = join(folder, "new.db");
    expect((await backUpDatabase({ from: other, to })).runCount).toBe(1);
    openSqliteStorage({ path: to }).close();
    rmSync(other);
    openSqliteStorage({ path: one }).close();
  });
});

describe("a new database", () => {
  test("is not created beside the log of one that was moved away, whose log it would remove", () => {
    const folder = freshFolder();
    const path = join(folder, "x.db");
    withRun(join(folder, "y.db"), 1).close();
    writeFileSync(`${path}-wal`, "a log");
    for (const open of [
      () => openSqliteStorage({ path }),
      () => salvageDatabase({ from: join(folder, "y.db"), to: path }),
    ])
      expect(caught(open)).toMatchObject({
        code: "database_unusable",
        message: expect.stringMatching(/x\.db does not exist, but its log .*x\.db-wal does/),
      });
    expect([existsSync(path), readFileSync(`${path}-wal`, "utf8")]).toEqual([false, "a log"]);
    rmSync(`${path}-wal`);
    openSqliteStorage({ path }).close();
  });
});

describe("the folder of a new database", () => {
  test("hides itself from version control if it is a new .ax", () => {
    const folder = freshFolder();
    openSqliteStorage({ path: join(folder, ".ax/workflow.db") }).close();
    expect(readFileSync(join(folder, ".ax/.gitignore"), "utf8")).toBe("*\n");
  });

  test("hides a new .ax also if the database is in a folder within it", () => {
    const folder = freshFolder();
    openSqliteStorage({ path: join(folder, "new/.ax/phases/one/workflow.db") }).close();
    openSqliteStorage({ path: join(folder, "new/.ax/phases/two/workflow.db") }).close();
    expect([
      readFileSync(join(folder, "new/.ax/.gitignore"), "utf8"),
      existsSync(join(folder, "new/.gitignore")),
      existsSync(join(folder, "new/.ax/phases/one/.gitignore")),
    ]).toEqual(["*\n", false, false]);
  });

  test("gets no .gitignore if it exists already or has another name", () => {
    const folder = freshFolder();
    mkdirSync(join(folder, "old/.ax"), { recursive: true });
    openSqliteStorage({ path: join(folder, "old/.ax/workflow.db") }).close();
    openSqliteStorage({ path: join(folder, "other/workflow.db") }).close();
    expect([
      existsSync(join(folder, "old/.ax/.gitignore")),
      existsSync(join(folder, "other/.gitignore")),
    ]).toEqual([false, false]);
  });
});
