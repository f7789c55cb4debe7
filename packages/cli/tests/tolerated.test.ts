import { describe, expect, test } from "vitest";
import { Folder, ndjson, workflow } from "./harness/axw.js";

const SOME = workflow(`  - {id: one, agentId: sh, task: one}
  - {id: two, agentId: bad, task: two, continueOnError: true}
  - {id: three, agentId: bad, task: three, continueOnError: true}
`);
const ALL = workflow(`  - {id: one, agentId: bad, task: one, continueOnError: true}
  - {id: two, agentId: bad, task: two, dependencies: [one], continueOnError: true}
`);
const NONE = workflow("  - {id: one, agentId: sh, task: one}\n");

const FOUND = { some: "2 failures tolerated", all: "all its steps failed (tolerated)" };

describe("a run that completes with tolerated failures", () => {
  test.each([
    ["says how many", SOME, "! completed, 2 failures tolerated", FOUND.some],
    [
      "says that no step completed",
      ALL,
      "! completed, but all its steps failed (tolerated)",
      FOUND.all,
    ],
  ])("%s in run, show, list and resume", async (_, text, status, note) => {
    const folder = new Folder({ "flow.yaml": text });
    const ran = await folder.here(["run", "flow.yaml", "--run-id", "job"]);
    const shown = await folder.here(["show", "job"]);
    const listed = await folder.here(["list"]);
    const resumed = await folder.here(["resume", "job"]);
    expect([ran.code, ran.stdout, shown.stdout, listed.stdout, resumed.stdout]).toEqual([
      0,
      expect.stringContaining(`\n${status}  run job in `),
      expect.stringMatching(new RegExp(`^${status.replace(/[()]/g, "\\$&")}  run job of sample`)),
      expect.stringMatching(
        new RegExp(`^job  ! completed .* ${note.replace(/[()]/g, "\\$&")}$`, "m"),
      ),
      `Run job is already ${status.slice(2)}; nothing was started.\n`,
    ]);
    expect(ran.stdout).toMatch(/^completed +run job {2}(2 failures|all its)/m);
    const events = await folder.here(["events", "job"]);
    expect(events.stdout).toMatch(/ completed +run job {2}(2 failures|all its)/);
  });
});

describe("--fail-on-tolerated", () => {
  test("makes run, resume and watch exit with 1, and names the steps that failed", async () => {
    const folder = new Folder({ "flow.yaml": SOME });
    const args = ["--run-id", "job", "--fail-on-tolerated"];
    const ran = await folder.here(["run", "flow.yaml", ...args]);
    const again = await folder.here(["run", "flow.yaml", ...args]);
    const resumed = await folder.here(["resume", "job", "--fail-on-tolerated"]);
    const watched = await folder.here(["watch", "job", "--fail-on-tolerated"]);
    const reason = "exit   1, because of --fail-on-tolerated: 2 steps failed (two, three)\n";
    expect([ran.code, again.code, resumed.code, watched.code]).toEqual([1, 1, 1, 1]);
    expect([ran, again, watched].map(({ stdout }) => stdout.includes(reason))).toEqual([
      true,
      true,
      true,
    ]);
  });

  test("does not change the status of the run, which --json prints", async () => {
    const folder = new Folder({ "flow.yaml": ALL });
    const ran = await folder.here(["run", "flow.yaml", "--json", "--fail-on-tolerated"]);
    expect([ran.code, ndjson(ran.stdout).at(-1)]).toEqual([
      1,
      expect.objectContaining({ type: "run_ending", status: "completed" }),
    ]);
  });

  test("changes nothing for a run without failures, and for one that failed", async () => {
    const failing = workflow("  - {id: one, agentId: bad, task: one}\n");
    const folder = new Folder({ "good.yaml": NONE, "bad.yaml": failing });
    const [good, bad] = [
      await folder.here(["run", "good.yaml", "--fail-on-tolerated"]),
      await folder.here(["run", "bad.yaml", "--fail-on-tolerated"]),
    ];
    expect([good.code, bad.code, bad.stdout.includes("exit   1")]).toEqual([0, 1, false]);
  });
});
