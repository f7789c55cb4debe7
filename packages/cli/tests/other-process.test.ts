import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { CHAIN, Folder, ndjson, type Running, runIdIn } from "./harness/axw.js";

/** Starts a run in another process, which waits in its second step. */
async function runThatWaits(folder: Folder): Promise<{ run: Running; id: string }> {
  const run = folder.start(["run", "flow.yaml"]);
  await run.until(/^started +two/m);
  const [{ runId } = { runId: "" }] = ndjson((await folder.here(["list", "--json"])).stdout);
  return { run, id: String(runId).slice(-6) };
}

describe("a run that another process owns", () => {
  test("can be listed, shown and followed", async () => {
    const folder = new Folder({ "flow.yaml": CHAIN });
    const { run, id } = await runThatWaits(folder);
    const [list, shown, graph] = await Promise.all([
      folder.here(["list", "--status", "running"]),
      folder.here(["show", id, "--json"]),
      folder.here(["graph", id]),
    ]);
    expect(list.stdout).toMatch(new RegExp(`^${id} {2}◐ running .*process ${run.child.pid}$`, "m"));
    expect(JSON.parse(shown.stdout)).toMatchObject({
      run: { status: "running" },
      ownerState: "alive",
      steps: [
        { id: "one", status: "completed" },
        { id: "two", status: "running" },
        { id: "three", status: "pending" },
      ],
      results: { one: "did one" },
      attempts: expect.arrayContaining([
        expect.objectContaining({ stepId: "two", status: "running", attemptNumber: 1 }),
      ]),
    });
    expect(graph.stdout).toContain('s1["two<br/>slow<br/>running"]:::running');

    const [events, logs] = [
      folder.start(["events", id, "--follow", "--json"]),
      folder.start(["logs", id, "--follow"]),
    ];
    await Promise.all([events.until(/"step_started","stepId":"two"/), logs.until(/did one/)]);
    folder.write("go");
    const ends = await Promise.all([run.ended, events.ended, logs.ended]);
    expect(ends.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(ndjson(ends[1].stdout).at(-1)).toMatchObject({ type: "run_state", state: "completed" });
    expect(
      ends[2].stdout
        .replace(/^[\d :-]{19} {2}/gm, "")
        .split("\n")
        .sort(),
    ).toEqual(["", "one#1   | did one", "three#1 | did three", "two#1   | did two"]);
  });

  test("can be paused: the running step finishes, and the process exits with 3", async () => {
    const folder = new Folder({ "flow.yaml": CHAIN });
    const { run, id } = await runThatWaits(folder);
    const paused = await folder.here(["pause", id]);
    expect(paused).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        new RegExp(`^Run ${id} is pausing: .*1 running step finishes \\(two\\)\\.\n$`),
      ),
      stderr: `next   axw resume ${id}\n`,
    });
    folder.write("go");
    const { code } = await run.ended;
    expect({ code, launches: folder.launches() }).toEqual({ code: 3, launches: ["one", "two"] });
  });

  test("can be cancelled: the process exits with 4, and the run cannot be resumed", async () => {
    const folder = new Folder({ "flow.yaml": CHAIN });
    const { run, id } = await runThatWaits(folder);
    const cancelled = await folder.here(["cancel", id, "--reason", "the order was withdrawn"]);
    const { code } = await run.ended;
    const resumed = await folder.here(["resume", id]);
    expect([cancelled.code, code, resumed.code]).toEqual([0, 4, 2]);
    expect(resumed.stderr).toMatch(/run_not_resumable[^]*next {3}axw run FILE\n$/);
    const list = await folder.here(["list"]);
    expect(list.stdout).toMatch(/■ cancelled.* the order was withdrawn$/m);
    const again = await folder.here(["cancel", id]);
    expect([again.code, again.stderr.split("\n").slice(-3)]).toEqual([
      2,
      ["       No action needed.", `next   axw show ${id.slice(-6)}`, ""],
    ]);
  });

  test("writes a checkpoint with the given name", async () => {
    const folder = new Folder({ "flow.yaml": CHAIN });
    const { run, id } = await runThatWaits(folder);
    const written = await folder.here(["checkpoint", id, "--name", "before-three", "--json"]);
    const listed = await folder.here(["checkpoint", "list", id, "--json"]);
    const [{ checkpointId } = { checkpointId: "none" }] = ndjson(written.stdout);
    expect(ndjson(listed.stdout)).toMatchObject([
      { checkpointId, name: "before-three", kind: "manual", completedCount: 1 },
    ]);
    folder.write("go");
    expect((await run.ended).code).toBe(0);
  });

  test("cannot be resumed: the error identifies the owning process", async () => {
    const folder = new Folder({ "flow.yaml": CHAIN });
    const { run, id } = await runThatWaits(folder);
    const { code, stderr } = await folder.here(["resume", id]);
    expect(code).toBe(6);
    expect(stderr).toContain(`process ${run.child.pid}`);
    expect(stderr).toMatch(
      new RegExp(`^error {2}run_owned_elsewhere [^]*next {3}axw watch ${id}\n$`),
    );
    folder.write("go");
    await run.ended;
  });
});

describe("a run whose process was killed", () => {
  /** A run whose process has died, and the process id of its orphaned agent. */
  async function orphanedRun(folder: Folder): Promise<{ id: string; agentPid: number }> {
    const { run, id } = await runThatWaits(folder);
    await folder.untilLaunched(2);
    run.child.kill("SIGKILL");
    await run.ended;
    return { id, agentPid: Number(folder.launches()[1]) };
  }

  const RECORDING_PIDS = `name: sample
agents:
  sh: {command: [sh, -c, 'echo $$ >> launches; echo done']}
  slow: {command: [sh, -c, 'echo $$ >> launches; while [ ! -e go ] && [ -e launches ]; do sleep 0.02; done; echo done']}
steps:
  - {id: one, agentId: sh, task: one}
  - {id: two, agentId: slow, task: two, dependencies: [one]}
  - {id: three, agentId: sh, task: three, dependencies: [two]}
`;

  test("can be paused, checkpointed and resumed like any other run", async () => {
    const folder = new Folder({ "flow.yaml": RECORDING_PIDS });
    const { id } = await orphanedRun(folder);
    const [paused, marked] = [
      await folder.here(["pause", id]),
      await folder.here(["checkpoint", id]),
    ];
    expect([
      paused.code,
      marked.code,
      ndjson((await folder.here(["list", "--json"])).stdout)[0]?.["status"],
    ]).toEqual([0, 0, "paused"]);
    folder.write("go");
    const resumed = await folder.here(["resume", id]);
    expect({ code: resumed.code, launches: folder.launches().length }).toEqual({
      code: 0,
      launches: 4,
    });
  });

  test("can be cancelled together with its orphaned agent", async () => {
    const folder = new Folder({ "flow.yaml": RECORDING_PIDS });
    const { id, agentPid } = await orphanedRun(folder);
    const { code } = await folder.here(["cancel", id]);
    // An exited process stays in the process table as `Z` until its parent has waited for it.
    const { stdout: state } = spawnSync("ps", ["-o", "stat=", "-p", String(agentPid)], {
      encoding: "utf8",
    });
    expect({ code, state }).toEqual({ code: 0, state: expect.stringMatching(/^(Z\S*\s*)?$/) });
  });
});

describe("axw logs and axw events", () => {
  test("print the output of one step or attempt, and events as readable text", async () => {
    const folder = new Folder({ "flow.yaml": CHAIN });
    folder.write("go");
    const id = runIdIn((await folder.here(["run", "flow.yaml"])).stdout);
    const [one, none, unknown, events, shown] = await Promise.all([
      folder.here(["logs", id, "one"]),
      folder.here(["logs", id, "one", "--attempt", "2"]),
      folder.here(["logs", id, "nope"]),
      folder.here(["events", id]),
      folder.here(["show", id]),
    ]);
    expect([one.stdout, none.stdout, unknown.code]).toEqual([
      expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}\| did one\n$/),
      "",
      2,
    ]);
    expect(unknown.stderr).toMatch(/Its steps: one, two, three\.[^]*next/);
    expect(events.stdout).toMatch(/ {2}completed {3}three {2}attempt 1 /);
    expect(shown.stdout).toMatch(/^ {2}two: did two$/m);
  });
});
