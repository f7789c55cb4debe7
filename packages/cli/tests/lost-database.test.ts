import { spawnSync } from "node:child_process";
import { existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CHAIN, Folder, ndjson, runIdIn } from "./harness/axw.js";

const hasGit = spawnSync("git", ["--version"]).status === 0;

function tidying(action: string): string {
  return `name: sample
agents:
  coder: {command: [sh, -c, '${action}']}
  sh: {command: [echo, ok]}
steps:
  - {id: one, agentId: sh, task: one}
  - {id: two, agentId: coder, task: two, dependencies: [one]}
  - {id: three, agentId: sh, task: three, dependencies: [two]}
`;
}

function git(folder: Folder, ...args: readonly string[]): string {
  const env = {
    ...process.env,
    GIT_AUTHOR_NAME: "a",
    GIT_AUTHOR_EMAIL: "a@b",
    GIT_COMMITTER_NAME: "a",
    GIT_COMMITTER_EMAIL: "a@b",
    GIT_CONFIG_GLOBAL: "/dev/null",
  };
  return spawnSync("git", args, { cwd: folder.path, env, encoding: "utf8" }).stdout;
}

const IDENTITY = "git -c user.name=a -c user.email=a@b";

describe.skipIf(!hasGit)("an agent that tidies its working tree", () => {
  test.each([
    ["git clean -qfd"],
    [`${IDENTITY} stash -qu`],
    [`git add -A && ${IDENTITY} commit -qm work --allow-empty`],
  ])("with `%s` does not touch the database", async (action) => {
    const folder = new Folder({ "flow.yaml": tidying(action) });
    git(folder, "init", "-q", ".");
    git(folder, "add", "flow.yaml");
    git(folder, "commit", "-qm", "one");
    const ran = await folder.axw(["run", "flow.yaml", "--run-id", "r"]);
    const shown = await folder.here(["show", "r"]);
    expect([
      ran.code,
      shown.code,
      git(folder, "ls-files"),
      git(folder, "status", "--short"),
    ]).toEqual([0, 0, "flow.yaml\n", ""]);
  });

  test.each([["git clean -qfdx"], ["rm -rf .ax"]])(
    "with `%s` ends the run with exit code 5, and no output reports the run as saved",
    async (action) => {
      const folder = new Folder({ "flow.yaml": tidying(action) });
      git(folder, "init", "-q", ".");
      git(folder, "add", "flow.yaml");
      git(folder, "commit", "-qm", "one");
      const { code, stdout, stderr } = await folder.axw(["run", "flow.yaml", "--run-id", "r"]);
      expect({
        code,
        saved: /^saved/m.test(stdout + stderr),
        done: /run r in/.test(stdout),
      }).toEqual({
        code: 5,
        saved: false,
        done: false,
      });
      expect(stderr).toMatch(
        /^error {2}database_unusable {2}Run r was stopped\. The database \S+ was deleted or moved[^]*next {3}axw doctor\n$/,
      );
      expect(existsSync(join(folder.path, ".ax"))).toBe(false);
    },
  );
});

describe("a database that is moved while a run uses it", () => {
  test("stops the agent, and the run resumes at the new place", async () => {
    const folder = new Folder({ "flow.yaml": CHAIN });
    const run = folder.start(["run", "flow.yaml", "--db", "db/x.db"]);
    await folder.untilLaunched(2);
    renameSync(join(folder.path, "db"), join(folder.path, "moved"));
    const { code, stdout } = await run.ended;
    expect([code, /completed {3}two/.test(stdout)]).toEqual([5, false]);
    folder.write("go");
    const id = runIdIn(stdout);
    const resumed = await folder.here(["resume", id, "--db", "moved/x.db"]);
    expect([resumed.code, folder.launches()]).toEqual([0, ["one", "two", "two", "three"]]);
  });

  test("ends those who follow the run with exit code 5", async () => {
    const folder = new Folder({ "flow.yaml": CHAIN });
    const run = folder.start(["run", "flow.yaml", "--run-id", "r"]);
    await folder.untilLaunched(2);
    const following = [
      folder.start(["events", "r", "--follow"]),
      folder.start(["logs", "r", "--follow"]),
    ];
    await Promise.all([following[0]?.until(/two/), following[1]?.until(/did one/)]);
    renameSync(join(folder.path, ".ax"), join(folder.path, "moved"));
    for (const { ended } of [run, ...following]) {
      const { code, stderr } = await ended;
      expect([code, /error {2}database_unusable {2}.*workflow\.db was /.test(stderr)]).toEqual([
        5,
        true,
      ]);
    }
  });

  test("is reported as the last line of JSON", async () => {
    const folder = new Folder({ "flow.yaml": CHAIN });
    const run = folder.start(["run", "flow.yaml", "--json"]);
    await folder.untilLaunched(2);
    rmSync(join(folder.path, ".ax"), { recursive: true });
    const { code, stdout } = await run.ended;
    expect([code, ndjson(stdout).at(-1)]).toEqual([
      5,
      expect.objectContaining({ type: "error", code: "database_unusable" }),
    ]);
  });
});
