import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { isTerminalAttached } from "../src/terminal-attached.js";
import { betweenPresses, CHAIN, Folder, ndjson, runIdIn, workflow } from "./harness/axw.js";

const RUNNING_TWO = /^started +two/m;

describe("an interrupt", () => {
  test("by one Ctrl-C lets the running step finish and starts no other; resume runs the rest", async () => {
    const folder = new Folder({ "flow.yaml": CHAIN });
    const run = folder.start(["run", "flow.yaml"]);
    await run.until(RUNNING_TWO);
    await folder.untilLaunched(2);
    // npx sends the terminal's signal a second time.
    run.child.kill("SIGINT");
    run.child.kill("SIGINT");
    await run.until(/Pausing/);
    folder.write("go");
    const { code, stdout, stderr } = await run.ended;
    const id = runIdIn(stdout);
    expect({ code, launches: folder.launches() }).toEqual({ code: 130, launches: ["one", "two"] });
    expect(stdout).toMatch(/^completed {3}two /m);
    expect(stdout).not.toMatch(/Pausing|^kept|^next/m);
    expect(stderr).toMatch(new RegExp(`^Pausing: [^]*\nnext {3}axw resume ${id}\n$`));
    const resumed = await folder.here(["resume", id]);
    expect({ code: resumed.code, launches: folder.launches() }).toEqual({
      code: 0,
      launches: ["one", "two", "three"],
    });
  });

  test("by a second Ctrl-C stops the agent, and resume retries its step", async () => {
    const folder = new Folder({ "flow.yaml": CHAIN });
    const run = folder.start(["run", "flow.yaml"]);
    await run.until(RUNNING_TWO);
    await folder.untilLaunched(2);
    run.child.kill("SIGINT");
    await run.until(/Pausing/);
    await betweenPresses();
    run.child.kill("SIGINT");
    const { code, stdout, stderr } = await run.ended;
    expect(code).toBe(130);
    expect(stderr).toMatch(/^Stopping the agents/m);
    folder.write("go");
    const resumed = await folder.here(["resume", runIdIn(stdout)]);
    expect({ code: resumed.code, launches: folder.launches() }).toEqual({
      code: 0,
      launches: ["one", "two", "two", "three"],
    });
  });

  test("by SIGTERM stops the agents immediately, and the run can be resumed", async () => {
    const folder = new Folder({ "flow.yaml": CHAIN });
    const run = folder.start(["run", "flow.yaml", "--json"]);
    await run.until(/"step_started","stepId":"two"/);
    run.child.kill("SIGTERM");
    const { code, stderr } = await run.ended;
    expect({ code, next: stderr.trimEnd().split("\n").at(-1) }).toEqual({
      code: 130,
      next: expect.stringMatching(/^next {3}axw resume [0-9a-f]{6}$/),
    });
  });
});

describe("a hangup", () => {
  test("without a terminal does not end or pause a run", async () => {
    const folder = new Folder({ "flow.yaml": CHAIN });
    const run = folder.start(["run", "flow.yaml"]);
    await run.until(RUNNING_TWO);
    run.child.kill("SIGHUP");
    run.child.kill("SIGHUP");
    folder.write("go");
    const { code, stderr } = await run.ended;
    expect({ code, paused: /Pausing|Stopping/.test(stderr), launches: folder.launches() }).toEqual({
      code: 0,
      paused: false,
      launches: ["one", "two", "three"],
    });
  });

  test("without a terminal does not end a command that watches a run", async () => {
    const folder = new Folder({ "flow.yaml": CHAIN });
    const run = folder.start(["run", "flow.yaml"]);
    await run.until(RUNNING_TWO);
    const [{ runId } = { runId: "none" }] = ndjson((await folder.here(["list", "--json"])).stdout);
    const events = folder.start(["events", String(runId), "--follow"]);
    await events.until(/two/);
    events.child.kill("SIGHUP");
    folder.write("go");
    expect(await events.ended).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("three"),
    });
    await run.ended;
  });

  test.each([
    ["linux", [], false],
    ["linux", [0], true],
    ["linux", [2], true],
    ["darwin", [0], false],
    ["darwin", [0, 1], true],
  ] as const)("on %s with the descriptors %j on a terminal is heeded: %s", (platform, on, is) => {
    const isTerminal = (descriptor: number): boolean => on.some((one) => one === descriptor);
    expect(isTerminalAttached(isTerminal, platform)).toBe(is);
  });
});

describe("axw resume", () => {
  test("repeats no finished step after kill -9", async () => {
    const folder = new Folder({ "flow.yaml": CHAIN });
    const run = folder.start(["run", "flow.yaml"]);
    await run.until(RUNNING_TWO);
    await folder.untilLaunched(2);
    run.child.kill("SIGKILL");
    const { stdout } = await run.ended;
    const id = runIdIn(stdout);
    expect((await folder.here(["list"])).stdout).toContain(
      `no process works on it: axw resume ${id}`,
    );
    folder.write("go");
    const resumed = await folder.here(["resume", id]);
    expect({ code: resumed.code, launches: folder.launches().sort() }).toEqual({
      code: 0,
      launches: ["one", "three", "two", "two"],
    });
    expect(resumed.stdout).toMatch(
      /^resuming run [0-9a-f]{6} of sample at event \d+: 1 result kept/,
    );
    expect(resumed.stdout).not.toMatch(/^started {5}one/m);
  });

  test("starts nothing for a completed run, and exits with 0", async () => {
    const folder = new Folder({ "flow.yaml": workflow("  - {id: one, agentId: sh, task: one}\n") });
    const id = runIdIn((await folder.here(["run", "flow.yaml"])).stdout);
    const { code, stdout, stderr } = await folder.here(["resume", id]);
    expect({ code, stdout, stderr, launches: folder.launches() }).toEqual({
      code: 0,
      stdout: `Run ${id} is already completed; nothing was started.\n`,
      stderr: `next   axw show ${id}\n`,
      launches: ["one"],
    });
  });

  test("restores a checkpoint and repeats the later steps", async () => {
    const steps =
      "  - {id: one, agentId: sh, task: one, checkpoint: after-one}\n  - {id: two, agentId: " +
      "sh, task: two, dependencies: [one]}\n  - {id: three, agentId: bad, task: three, " +
      "dependencies: [two]}\n";
    const folder = new Folder({ "flow.yaml": workflow(steps) });
    const id = runIdIn((await folder.here(["run", "flow.yaml"])).stdout);
    const listed = await folder.here(["checkpoint", "list", id]);
    const checkpoint = /^([0-9a-f]{6}) .*after-one$/m.exec(listed.stdout)?.[1] ?? "none";
    const { code, stdout } = await folder.here(["resume", checkpoint]);
    expect({ code, launches: folder.launches() }).toEqual({
      code: 1,
      launches: ["one", "two", "three", "two", "three"],
    });
    expect(stdout).toMatch(new RegExp(`^resuming run ${id} of sample at checkpoint ${checkpoint}`));
  });

  test("skips and reports a damaged checkpoint", async () => {
    const steps =
      "  - {id: one, agentId: sh, task: one, checkpoint: early}\n  - {id: two, agentId: bad, " +
      "task: two, dependencies: [one]}\n";
    const folder = new Folder({ "flow.yaml": workflow(steps) });
    expect((await folder.axw(["run", "flow.yaml"])).code).toBe(1);
    const database = new DatabaseSync(join(folder.path, ".ax/workflow.db"));
    database.exec(`UPDATE workflow_checkpoints SET sha256 = '${"0".repeat(64)}'`);
    database.close();
    const [{ runId } = { runId: "" }] = ndjson((await folder.here(["list", "--json"])).stdout);
    const { code, stderr } = await folder.axw(["resume", String(runId)]);
    expect({ code, launches: folder.launches() }).toEqual({
      code: 1,
      launches: ["one", "two", "two"],
    });
    expect(stderr).toMatch(/^skipped {2}Checkpoint .* is damaged \(its sha-256 does not match\)/m);
  });

  test("exits with 2 for an unknown id", async () => {
    const folder = new Folder({ "flow.yaml": CHAIN });
    const nothing = await folder.here(["resume", "abc"]);
    folder.write("go");
    await folder.here(["run", "flow.yaml"]);
    const unknown = await folder.here(["resume", "nope"]);
    expect([nothing.code, unknown.code]).toEqual([2, 2]);
    expect(unknown.stderr).toMatch(/No run or checkpoint has the id `nope`[^]*next {3}axw list\n$/);
  });
});
