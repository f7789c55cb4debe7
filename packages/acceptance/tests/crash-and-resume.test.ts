import type { RunEvent } from "@automatosx/schemas";
import { describe, expect, test } from "vitest";
import { ndjson } from "./support/axw.js";
import { GatedRun, isAlive, type StepText } from "./support/gated-run.js";
import { until } from "./support/until.js";

interface Ending {
  readonly status: string;
  readonly results: unknown;
}

interface ShownCheckpoint {
  readonly checkpointId: string;
  readonly name?: string;
}

// A fan-out from `plan` to three steps and a fan-in at `merge`, with checkpoints.
const diamond: readonly StepText[] = [
  { id: "plan", checkpoint: "planned" },
  { id: "left", dependencies: ["plan"] },
  { id: "middle", dependencies: ["plan"] },
  { id: "right", dependencies: ["plan"] },
  { id: "merge", dependencies: ["left", "middle", "right"], checkpoint: "merged" },
  { id: "finish", dependencies: ["merge"] },
];

const planned = { plan: {} };
const sides = {
  left: { left: { plan: planned } },
  middle: { middle: { plan: planned } },
  right: { right: { plan: planned } },
};
const diamondResults = {
  plan: planned,
  ...sides,
  merge: { merge: sides },
  finish: { finish: { merge: { merge: sides } } },
};

const ending = (stdout: string): Ending => {
  const { status, results } = ndjson<Ending>(stdout).at(-1) ?? {
    status: "no line",
    results: undefined,
  };
  return { status, results };
};

describe("axw resume after kill -9", () => {
  test("produces the results of an undisturbed run without repeating a recorded step", async () => {
    const run = new GatedRun(diamond);
    const { child, finished } = run.start();
    run.open("plan");
    run.open("left");
    const { pid } = await run.called("middle");
    await run.called("right");
    const runId = await run.runId();
    await run.completed(runId, "left");
    child.kill("SIGKILL");
    await finished;

    const resumed = run.resume(runId, "--json");
    await until("the second attempt at middle", () =>
      run.callNames().find((name) => name === "middle#2"),
    );
    // No step may finish yet, so if the first agent is gone, it was stopped by the resume.
    const isFirstMiddleAlive = isAlive(pid);
    run.open("all");
    const { exitCode, stdout } = await resumed.finished;
    expect({
      exitCode,
      ending: ending(stdout),
      calls: run.callNames(),
      isFirstMiddleAlive,
    }).toEqual({
      exitCode: 0,
      ending: { status: "completed", results: diamondResults },
      calls: [
        "finish#1",
        "left#1",
        "merge#1",
        "middle#1",
        "middle#2",
        "plan#1",
        "right#1",
        "right#2",
      ],
      isFirstMiddleAlive: false,
    });
  });

  test("produces the same results if the process is killed again at every step", async () => {
    const run = new GatedRun(diamond);
    let running = run.start();
    for (const { id } of diamond) {
      await run.called(id);
      const runId = await run.runId();
      running.child.kill("SIGKILL");
      await running.finished;
      run.open(id);
      running = run.resume(runId, "--json");
      await run.completed(runId, id);
    }
    const { exitCode, stdout } = await running.finished;
    const names = new Set(run.callNames());
    expect({ exitCode, ending: ending(stdout) }).toEqual({
      exitCode: 0,
      ending: { status: "completed", results: diamondResults },
    });
    expect(diamond.every(({ id }) => names.has(`${id}#1`) && names.has(`${id}#2`))).toBe(true);
  });
});

describe("axw run --run-id, repeated", () => {
  test("resumes a killed process's run and prints the result of a completed run", async () => {
    const run = new GatedRun(diamond);
    const command = ["--run-id", "release-7", "--json"];
    const { child, finished } = run.start(...command);
    run.open("plan");
    run.open("left");
    await run.called("middle");
    await run.called("right");
    await run.completed("release-7", "left");
    // A living process still owns the run.
    const beside = await run.axw("run", "workflow.json", ...command);
    child.kill("SIGKILL");
    await finished;
    run.open("all");
    const again = await run.start(...command).finished;
    const callsThen = run.callNames();
    const once = await run.axw("run", "workflow.json", ...command);
    const other = await run.axw("run", "workflow.json", "--context", "who=else", ...command);
    expect({
      exits: [beside, again, once, other].map(({ exitCode }) => exitCode),
      refusals: [beside.stderr, other.stderr],
      endings: [ending(again.stdout), ending(once.stdout)],
      callsThen,
      calls: run.callNames(),
    }).toEqual({
      exits: [6, 0, 0, 2],
      refusals: [
        expect.stringContaining("run_owned_elsewhere"),
        expect.stringContaining("run_exists"),
      ],
      endings: [
        { status: "completed", results: diamondResults },
        { status: "completed", results: diamondResults },
      ],
      callsThen: [
        "finish#1",
        "left#1",
        "merge#1",
        "middle#1",
        "middle#2",
        "plan#1",
        "right#1",
        "right#2",
      ],
      calls: callsThen,
    });
  });
});

describe("axw pause", () => {
  test("lets running steps finish and starts no others; axw resume runs the rest", async () => {
    const run = new GatedRun(diamond);
    const { finished } = run.start("--json");
    run.open("plan");
    await run.called("left");
    const runId = await run.runId();
    const paused = await run.axw("pause", runId);
    run.open("all");
    const left = await finished;
    const callsWhilePaused = run.callNames();
    const resumed = await run.axw("resume", runId, "--json");
    expect({
      exits: [paused.exitCode, left.exitCode, resumed.exitCode],
      left: ending(left.stdout).status,
      callsWhilePaused,
    }).toEqual({
      exits: [0, 3, 0],
      left: "paused",
      callsWhilePaused: ["left#1", "middle#1", "plan#1", "right#1"],
    });
    expect({ ending: ending(resumed.stdout), calls: run.callNames() }).toEqual({
      ending: { status: "completed", results: diamondResults },
      calls: ["finish#1", "left#1", "merge#1", "middle#1", "plan#1", "right#1"],
    });
  });
});

describe("axw resume CHECKPOINT", () => {
  test("repeats only the steps after the checkpoint", async () => {
    const run = new GatedRun(diamond);
    run.open("all");
    run.open("finish", "fail");
    const failed = await run.start().finished;
    const runId = await run.runId();
    const listed = ndjson<ShownCheckpoint>(
      (await run.axw("checkpoint", "list", runId, "--json")).stdout,
    );
    const checkpoint = listed.find(({ name }) => name === "planned");
    run.open("finish");
    const resumed = await run.axw("resume", checkpoint?.checkpointId ?? "none", "--json");
    expect({
      exits: [failed.exitCode, resumed.exitCode],
      names: listed.map(({ name }) => name),
      ending: ending(resumed.stdout),
      calls: run.callNames(),
    }).toEqual({
      exits: [1, 0],
      names: ["merged", "planned"],
      ending: { status: "completed", results: diamondResults },
      calls: [
        "finish#1",
        "finish#2",
        "left#1",
        "left#2",
        "merge#1",
        "merge#2",
        "middle#1",
        "middle#2",
        "plan#1",
        "right#1",
        "right#2",
      ],
    });
  });
});

describe("axw resume after a failure", () => {
  test("runs only the failed step and the steps that were skipped because of it", async () => {
    const run = new GatedRun(diamond);
    run.open("all");
    run.open("middle", "fail");
    const failed = await run.start("--json").finished;
    run.open("middle");
    const resumed = await run.axw("resume", await run.runId(), "--json");
    expect({
      exits: [failed.exitCode, resumed.exitCode],
      ending: ending(resumed.stdout),
      calls: run.callNames(),
    }).toEqual({
      exits: [1, 0],
      ending: { status: "completed", results: diamondResults },
      calls: ["finish#1", "left#1", "merge#1", "middle#1", "middle#2", "plan#1", "right#1"],
    });
  });
});

describe("axw cancel", () => {
  test("permanently ends a run owned by another process and stops its agents", async () => {
    const run = new GatedRun(diamond);
    const { finished } = run.start("--json");
    run.open("plan");
    const { pid } = await run.called("right");
    const runId = await run.runId();
    const cancelled = await run.axw("cancel", runId);
    const { exitCode, stdout } = await finished;
    const resumed = await run.axw("resume", runId);
    await until("the agent's exit", () => (isAlive(pid) ? undefined : true));
    expect({
      exits: [cancelled.exitCode, exitCode, resumed.exitCode],
      status: ending(stdout).status,
      refusal: resumed.stderr,
    }).toEqual({
      exits: [0, 4, 2],
      status: "cancelled",
      refusal: expect.stringContaining("run_not_resumable"),
    });
  });
});

describe("axw events --follow", () => {
  test("prints every event of another process's run, from start to end", async () => {
    const run = new GatedRun(diamond);
    const { finished } = run.start();
    run.open("plan");
    await run.called("left");
    const following = run.follow(await run.runId());
    run.open("all");
    const [{ exitCode, stdout }] = [await following.finished, await finished];
    const steps = ndjson<RunEvent>(stdout).filter((event) => event.type === "step_completed");
    expect({
      exitCode,
      first: steps[0]?.stepId,
      last: steps.at(-1)?.stepId,
      count: steps.length,
    }).toEqual({
      exitCode: 0,
      first: "plan",
      last: "finish",
      count: 6,
    });
  });
});
