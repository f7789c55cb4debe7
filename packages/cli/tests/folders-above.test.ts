import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type FolderFacts, foldersAbove } from "../src/folders-above.js";
import { Folder, ndjson, workflow } from "./harness/axw.js";

const ONE = workflow("  - {id: one, agentId: sh, task: one}\n");

/** Folders of user 1 on file system 1, except for those with other facts. */
function above(
  start: string,
  facts: Readonly<Record<string, Partial<FolderFacts>>> = {},
): string[] {
  const paths: string[] = [];
  return foldersAbove(start, {
    home: "/home/me",
    userId: 1,
    factsOf(path) {
      if (!paths.includes(path)) paths.push(path);
      return { dev: 1, ino: paths.indexOf(path), uid: 1, ...facts[path] };
    },
  });
}

describe("the folders above the current one", () => {
  test("are the nearest first, up to the root", () => {
    expect(above("/srv/p/a/b")).toEqual(["/srv/p/a", "/srv/p", "/srv", "/"]);
  });

  test("end before the home folder", () => {
    expect(above("/home/me/p/a")).toEqual(["/home/me/p"]);
    expect(above("/home/me")).toEqual([]);
  });

  test("end before a folder of another user, even if the current one is also of another user", () => {
    expect(above("/srv/p/a", { "/srv": { uid: 0 } })).toEqual(["/srv/p"]);
    expect(above("/srv/p/a", { "/srv/p/a": { uid: 0 } })).toEqual(["/srv/p", "/srv", "/"]);
  });

  test("end before another file system", () => {
    expect(above("/mnt/p/a", { "/mnt": { dev: 2 }, "/": { dev: 2 } })).toEqual(["/mnt/p"]);
  });

  test("do not depend on user ids where the system has none", () => {
    const factsOf = (path: string): FolderFacts => ({ dev: 1, ino: path.length, uid: 0 });
    expect(foldersAbove("/p/a", { home: "/h/o/m/e", userId: undefined, factsOf })).toEqual([
      "/p",
      "/",
    ]);
  });
});

describe("the database", () => {
  test("is the one in the nearest folder above that has a folder .ax, and its path is printed", async () => {
    const folder = new Folder({ "flow.yaml": ONE });
    await folder.here(["run", "flow.yaml", "--run-id", "r"]);
    const path = join(folder.path, ".ax/workflow.db");
    const [listed, shown, doctor, ran] = [
      await folder.hereIn("a/b", ["list", "--json"]),
      await folder.hereIn("a/b", ["show", "r"]),
      await folder.hereIn("a/b", ["doctor"]),
      await folder.hereIn("a/b", ["run", "../../flow.yaml"]),
    ];
    expect([ndjson(listed.stdout).map((run) => run["runId"]), listed.stderr]).toEqual([
      ["r"],
      `database ${path}\n`,
    ]);
    expect([shown.code, ran.code]).toEqual([0, 0]);
    expect(doctor.stdout).toMatch(new RegExp(` database +${path}, `));
    expect(ran.stdout).toMatch(new RegExp(`^run \\w+ of .* ${path}$`, "m"));
    expect(folder.has("a/b/.ax")).toBe(false);
  });

  test.each([
    ["show", ["show", "r"]],
    ["logs", ["logs", "r", "one"]],
    ["events", ["events", "r"]],
    ["checkpoint list", ["checkpoint", "list", "r"]],
    ["pause", ["pause", "r"]],
  ])("above is named by %s, unless it was chosen with --db", async (_, args) => {
    const folder = new Folder({ "flow.yaml": ONE });
    await folder.here(["run", "flow.yaml", "--run-id", "r"]);
    const named = `database ${join(folder.path, ".ax/workflow.db")}\n`;
    expect((await folder.hereIn("a/b", args)).stderr).toContain(named);
    const db = ["--db", "../../.ax/workflow.db"];
    expect((await folder.hereIn("a/b", [...args, ...db])).stderr).not.toContain(named);
    expect((await folder.here(args)).stderr).not.toContain("database ");
  });

  test.each(["list", "run"])("is refused by %s if .ax is a file", async (verb) => {
    const folder = new Folder({ "flow.yaml": ONE, ".ax": "" });
    const { code, stderr } = await folder.here(verb === "run" ? ["run", "flow.yaml"] : [verb]);
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining("error  invalid_argument  .ax is not a folder.\n"),
    ]);
  });

  test("is made in the current folder if there is none above", async () => {
    const folder = new Folder({ "flow.yaml": ONE });
    const { code } = await folder.hereIn("a/b", ["run", "../../flow.yaml"]);
    expect([code, folder.has("a/b/.ax"), folder.has(".ax")]).toEqual([0, true, false]);
  });

  test("is the one in the current folder if it has a folder .ax, even without a database", async () => {
    const folder = new Folder({ "flow.yaml": ONE });
    await folder.here(["run", "flow.yaml"]);
    mkdirSync(join(folder.path, "a/.ax"), { recursive: true });
    const { stderr } = await folder.hereIn("a", ["list"]);
    expect(stderr).toMatch(/^The database \.ax\/workflow\.db does not exist yet/);
  });

  test("of the home folder is used only in the home folder", async () => {
    const folder = new Folder({ "flow.yaml": ONE });
    const env = { HOME: folder.path };
    await folder.here(["run", "flow.yaml"], env);
    const below = await folder.hereIn("a", ["list"], env);
    expect(below.stderr).toMatch(/^The database \.ax\/workflow\.db does not exist yet/);
    expect((await folder.here(["list"], env)).stdout).toContain("completed");
  });

  test("named with --db or AXW_DB is used instead, and its path is printed", async () => {
    const folder = new Folder({ "flow.yaml": ONE });
    await folder.here(["run", "flow.yaml", "--db", "other.db"]);
    const path = join(folder.path, "other.db");
    const listed = await folder.hereIn("a", ["list"], { AXW_DB: "../other.db" });
    expect([listed.code, listed.stderr]).toEqual([0, `database ${path}\n`]);
    const here = await folder.here(["list", "--db", "other.db"]);
    expect(here.stderr).toBe("database other.db\n");
  });

  test("is not looked for above if .ax of the current folder cannot be used", async () => {
    const folder = new Folder({ "flow.yaml": ONE });
    await folder.here(["run", "flow.yaml"]);
    mkdirSync(join(folder.path, "a"));
    writeFileSync(join(folder.path, "a/.ax"), "");
    const { code, stderr } = await folder.hereIn("a", ["list"]);
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining("error  invalid_argument  .ax is not a folder.\n"),
    ]);
  });
});

describe("an agents.yaml above the current folder", () => {
  test("is not used, but named when an agent is missing", async () => {
    const folder = new Folder({ "agents.yaml": "agents: {who: {command: [pwd]}}\n" });
    mkdirSync(join(folder.path, "a"));
    writeFileSync(
      join(folder.path, "a/flow.yaml"),
      "name: flow\nsteps: [{id: one, agentId: who, task: one}]\n",
    );
    const refused = await folder.hereIn("a", ["run", "flow.yaml"]);
    const path = join(folder.path, "agents.yaml");
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain(`${path} is not used: pass it with --agents.`);
    expect(refused.stderr).toContain(`next   axw run flow.yaml --agents ${path}\n`);
    const given = await folder.hereIn("a", ["run", "flow.yaml", "--agents", path]);
    expect([given.code, given.stdout.includes(join(folder.path, "a"))]).toEqual([0, true]);
  });
});
