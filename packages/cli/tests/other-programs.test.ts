import { chmodSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { Folder, workflow } from "./harness/axw.js";

const ONE = workflow("  - {id: one, agentId: sh, task: one}\n");

/** Every verb that uses a database, except `run`. */
const VERBS: readonly (readonly string[])[] = [
  ["list"],
  ["show", "x"],
  ["events", "x"],
  ["logs", "x"],
  ["graph", "x"],
  ["pause", "x"],
  ["cancel", "x"],
  ["resume", "x"],
  ["checkpoint", "x"],
  ["checkpoint", "list", "x"],
  ["gc", "--keep", "5"],
  ["gc", "--keep", "5", "--dry-run"],
  ["gc", "--vacuum"],
  ["backup", "new.db"],
];

function theirs(folder: Folder, mode: string): string {
  const path = join(folder.path, "app.db");
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA journal_mode = ${mode}; CREATE TABLE customers (name TEXT)`);
  database.close();
  chmodSync(path, 0o664);
  return path;
}

function traces(folder: Folder): unknown {
  const path = join(folder.path, "app.db");
  const { mode, mtimeMs } = statSync(path);
  return {
    mode,
    mtimeMs,
    bytes: readFileSync(path).toString("base64"),
    files: readdirSync(folder.path),
  };
}

describe.each(["delete", "wal"])("a database of another program in journal mode %s", (mode) => {
  test.each(VERBS)(
    "is left unchanged by `axw %s`, which says that it contains no runs",
    async (...verb) => {
      const folder = new Folder({});
      theirs(folder, mode);
      const before = traces(folder);
      const { code, stderr } = await folder.here([...verb, "--db", "app.db"]);
      expect([code, stderr.split("\n")[0], traces(folder)]).toEqual([
        2,
        "error  run_not_found  app.db contains no runs: it is a database of another program. It was not changed.",
        before,
      ]);
    },
  );

  test("is left unchanged by `axw doctor`, which reports no fault", async () => {
    const folder = new Folder({});
    theirs(folder, mode);
    const before = traces(folder);
    const { code, stdout } = await folder.here(["doctor", "--verify", "--db", "app.db"]);
    expect([code, /app\.db contains no runs/.test(stdout), traces(folder)]).toEqual([
      0,
      true,
      before,
    ]);
  });

  test("gets tables from `axw run`, beside those of the other program, and keeps its mode", async () => {
    const folder = new Folder({ "flow.yaml": ONE });
    const path = theirs(folder, mode);
    const { code } = await folder.here(["run", "flow.yaml", "--db", "app.db"]);
    const database = new DatabaseSync(path);
    const tables = database
      .prepare("SELECT name FROM sqlite_schema WHERE name = 'customers'")
      .all();
    database.close();
    expect([code, tables.length, (statSync(path).mode & 0o777).toString(8)]).toEqual([0, 1, "664"]);
  });
});

describe("the path of a database", () => {
  test.each([
    ["a link that leads back to itself", "loop"],
    ["a name of 300 characters", "n".repeat(300)],
  ])("that is %s is reported with a code and a remedy, by every verb", async (_, path) => {
    const folder = new Folder({ "flow.yaml": ONE });
    symlinkSync("loop", join(folder.path, "loop"));
    const verbs = [...VERBS, ["run", "flow.yaml"], ["doctor", "--salvage", "new.db"]];
    const ended = [];
    for (const verb of verbs) ended.push(await folder.here([...verb, "--db", path]));
    expect(ended.map(({ code, stderr }) => [code, stderr.slice(0, 24)])).toEqual(
      verbs.map(() => [5, "error  database_unusable"]),
    );
    const { code, stdout } = await folder.here(["doctor", "--db", path]);
    expect([code, /error +database +database_unusable/.test(stdout)]).toEqual([5, true]);
  });

  test("that is a folder or a device is reported before it is opened", async () => {
    const folder = new Folder({});
    const ended = [];
    for (const path of [".", "/dev/null"]) ended.push(await folder.here(["list", "--db", path]));
    expect(ended.map(({ code, stderr }) => [code, stderr.split("\n")[0]])).toEqual([
      [2, `error  invalid_argument  ${folder.path} is a folder, not a database.`],
      [2, "error  invalid_argument  /dev/null is not a regular file."],
    ]);
  });

  test("may be a link: the run is stored in its target", async () => {
    const folder = new Folder({ "flow.yaml": ONE });
    symlinkSync("real.db", join(folder.path, "link.db"));
    const ran = await folder.here(["run", "flow.yaml", "--run-id", "r", "--db", "link.db"]);
    const shown = await folder.here(["show", "r", "--db", "real.db"]);
    expect([ran.code, shown.code, readdirSync(folder.path).includes("real.db")]).toEqual([
      0,
      0,
      true,
    ]);
  });
});

describe("a current folder that was deleted", () => {
  test("is reported with a code and a remedy", async () => {
    const folder = new Folder({});
    const { code, stderr } = await folder.axwInDeleted("gone", ["list"]);
    expect([code, stderr]).toEqual([
      2,
      "error  invalid_argument  The current folder no longer exists.\n" +
        "       Change to another folder, then run the command again.\n" +
        "next   axw list --help\n",
    ]);
  });
});

describe("`axw run` that is refused before the run starts", () => {
  const NEEDS_INPUT = `inputs: { topic: string }\n${ONE}`;

  test.each([
    ["a missing input", []],
    ["an unknown input", ["--input", "topic=x", "--input", "other=x"]],
    ["an invalid run id", ["--input", "topic=x", "--run-id", "a b"]],
  ])("for %s leaves a database of another program unchanged", async (_, args) => {
    const folder = new Folder({ "flow.yaml": NEEDS_INPUT });
    theirs(folder, "delete");
    const before = traces(folder);
    const { code } = await folder.here(["run", "flow.yaml", "--db", "app.db", ...args]);
    expect([code, traces(folder)]).toEqual([2, before]);
  });

  test.each([
    ["a missing input", []],
    ["an invalid run id", ["--input", "topic=x", "--run-id", "a b"]],
  ])("for %s creates no database", async (_, args) => {
    const folder = new Folder({ "flow.yaml": NEEDS_INPUT });
    const { code } = await folder.here(["run", "flow.yaml", ...args]);
    expect([code, readdirSync(folder.path)]).toEqual([2, ["flow.yaml"]]);
  });
});
