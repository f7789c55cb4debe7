import { describe, expect, test } from "vitest";
import { Checkpoints, Comparison, type Run, Why } from "../../src/api/run.schema.js";
import { receivedRun } from "../../src/fold/received-run.js";
import { completed, Served } from "../support/served.js";

const SOURCE = (task: string): string => `
id: pair
inputs:
  branch: { type: string, default: main }
steps:
  - { id: first, agentId: worker, task: "${task}", checkpoint: named }
  - id: second
    agentId: worker
    task: Test.
    if: "\${{ steps.first.output == 'yes' }}"
    dependencies: [first]
`;

describe("GET /runs/:run/why/:step", () => {
  test("explains a skipped step by its condition, and by the state at an earlier event", async () => {
    await using served = new Served();
    const engine = await served.engine({ worker: () => "no" });
    const { runId } = await completed(engine, SOURCE("Build."));
    const dashboard = served.dashboard();
    const why = await dashboard.get<Why>(`/runs/${runId}/why/second`);
    expect(Why.parse(why)).toEqual(why);
    expect(why.causes.map(({ text }) => text)).toEqual([
      "second is skipped: its condition is false: steps.first.output == 'yes', " +
        'where steps.first.output is "no"',
    ]);
    const before = await dashboard.get<Why>(`/runs/${runId}/why/second?at=5`);
    expect(before.causes.map(({ text }) => text)[0]).toBe("second waits for first");
  });

  test("refuses a step that the run does not have", async () => {
    await using served = new Served();
    const engine = await served.engine({ worker: () => "no" });
    const { runId } = await completed(engine, SOURCE("Build."));
    expect(await served.dashboard().outcome(`/runs/${runId}/why/third`)).toEqual({
      status: 404,
      body: {
        code: "step_not_found",
        message: `Run ${runId} has no step "third".`,
        remedy: "Give the path of a step, as the run lists it.",
        runId,
      },
    });
  });

  test("finds a step whose key has characters that mean something in a path", async () => {
    await using served = new Served();
    const engine = await served.engine({ worker: () => 1 });
    const key = "a/b %2F ?#ü";
    const { runId } = await completed(
      engine,
      `id: items\nsteps:\n  - id: each\n    agentId: worker\n    task: Work.\n    foreach: { ` +
        `in: ["${key}"], as: item }\n`,
    );
    const dashboard = served.dashboard();
    const { view } = receivedRun(await dashboard.get<Run>(`/runs/${runId}`));
    const paths = view.steps().map(({ id }) => id);
    expect(paths).toHaveLength(2);
    for (const path of paths) {
      const why = await dashboard.get<Why>(`/runs/${runId}/why/${encodeURIComponent(path)}`);
      expect(why.step).toBe(path);
    }
  });
});

describe("GET /runs/:run/checkpoints", () => {
  test("lists the checkpoints with the commands that go back to each, or fork there", async () => {
    await using served = new Served();
    const engine = await served.engine({ worker: () => "yes" });
    const { runId } = await completed(engine, SOURCE("Build."));
    const answer = await served.dashboard().get<Checkpoints>(`/runs/${runId}/checkpoints`);
    expect(Checkpoints.parse(answer)).toEqual(answer);
    expect(
      answer.checkpoints
        .filter(({ kind }) => kind === "step")
        .map(({ checkpointId, name, restore, fork }) => ({ checkpointId, name, restore, fork })),
    ).toEqual([
      {
        checkpointId: expect.any(String),
        name: "named",
        restore: expect.stringMatching(/^axw resume \S+$/),
        fork: expect.stringMatching(new RegExp(`^axw fork ${runId.slice(-6)} --at \\S+$`)),
      },
    ]);
  });
});

describe("GET /runs/:run/compare", () => {
  test("says what differs in inputs, definitions and steps", async () => {
    await using served = new Served();
    let answers = "no";
    const engine = await served.engine({ worker: () => answers });
    await completed(engine, SOURCE("Build."), { runId: "left" });
    answers = "yes";
    await completed(engine, SOURCE("Build it."), { runId: "right", inputs: { branch: "dev" } });
    const answer = await served.dashboard().get<Comparison>("/runs/left/compare?with=right");
    expect(Comparison.parse(answer)).toEqual(answer);
    expect({ inputs: answer.inputs, definition: answer.definition }).toEqual({
      inputs: [{ name: "branch", left: "main", right: "dev" }],
      definition: ["first: task"],
    });
    expect(
      answer.steps.map(({ step, left, right, isSame }) => [
        step,
        left?.status,
        right?.status,
        isSame,
      ]),
    ).toEqual([
      ["first", "completed", "completed", false],
      ["second", "skipped", "completed", false],
    ]);
  });

  test("says that two equal runs are the same", async () => {
    await using served = new Served();
    const engine = await served.engine({ worker: () => "yes" });
    await completed(engine, SOURCE("Build."), { runId: "left" });
    await completed(engine, SOURCE("Build."), { runId: "right" });
    const { steps, definition } = await served
      .dashboard()
      .get<Comparison>("/runs/left/compare?with=right");
    expect({ definition, same: steps.map(({ isSame }) => isSame) }).toEqual({
      definition: [],
      same: [true, true],
    });
  });
});
