import { describe, expect, test } from "vitest";
import { Context, Machine, RunQueries } from "../src/index.js";
import { complete, fail, moveAll, preparing, start, step } from "./support/machines.js";

const steps = [
  step("build", { name: "Build it", agentId: "builder", task: "build", timeout: 60_000 }),
  step("ship", { dependencies: ["build"] }),
];
const executing = moveAll(Machine.make(0), [...preparing(steps), { type: "steps_scheduled" }]);
const building = moveAll(executing, [start("build")]);
const shipping = moveAll(building, [complete("build"), start("ship")]);

describe("RunQueries.request", () => {
  test("describes the work of a running attempt", () => {
    expect([
      RunQueries.request(building, "build", 1),
      RunQueries.request(shipping, "ship", 1),
    ]).toEqual([
      {
        stepId: "build",
        stepName: "Build it",
        agentId: "builder",
        attemptNumber: 1,
        task: "build",
        dependencies: [],
        results: {},
        values: {},
        timeout: 60_000,
      },
      {
        stepId: "ship",
        stepName: "ship",
        agentId: "agent",
        attemptNumber: 1,
        task: "do ship",
        dependencies: ["build"],
        results: { build: "build" },
        values: {},
      },
    ]);
  });

  test("is undefined for an attempt that is not running", () => {
    const cancelled = moveAll(building, [{ type: "cancel_workflow" }]);
    expect([
      RunQueries.request(executing, "build", 0),
      RunQueries.request(building, "build", 0),
      RunQueries.request(building, "build", 2),
      RunQueries.request(building, "ghost", 1),
      RunQueries.request(shipping, "build", 1),
      RunQueries.request(cancelled, "build", 1),
    ]).toEqual(Array.from({ length: 6 }, () => undefined));
  });

  test("is unchanged by a JSON round trip", () => {
    const request = RunQueries.request(building, "build", 1);
    expect(JSON.parse(JSON.stringify(request))).toEqual(request);
  });
});

describe("RunQueries.result", () => {
  test("is defined only for a completed step, including a null result", () => {
    const gaveNull = moveAll(building, [
      { type: "step_completed", stepId: "build", attemptNumber: 1, result: null },
    ]);
    expect([
      RunQueries.result(shipping, "build"),
      RunQueries.result(gaveNull, "build"),
      RunQueries.result(shipping, "ship"),
      RunQueries.result(shipping, "ghost"),
    ]).toEqual(["build", null, undefined, undefined]);
  });
});

describe("every other query", () => {
  test("returns the same value as the machine's context", () => {
    const failed = moveAll(shipping, [
      fail("ship"),
      { type: "workflow_failed", error: "no disk", code: "storage" },
    ]);
    for (const machine of [Machine.make(7), executing, shipping, failed]) {
      const context = Machine.context(machine);
      expect({
        state: RunQueries.state(machine),
        workflow: RunQueries.workflow(machine),
        policy: RunQueries.policy(machine),
        graph: RunQueries.graph(machine),
        now: RunQueries.now(machine),
        metrics: RunQueries.metrics(machine),
        error: [RunQueries.error(machine), RunQueries.errorCode(machine)],
        results: RunQueries.results(machine),
        steps: RunQueries.steps(machine),
        step: RunQueries.step(machine, "ship"),
        running: RunQueries.stepsWithStatus(machine, "running"),
        changed: RunQueries.changedSteps(machine, executing),
        inFlight: RunQueries.inFlightCount(machine),
        dueAt: RunQueries.nextDueAt(machine),
        checkpoints: RunQueries.checkpoints(machine),
        data: RunQueries.checkpointData(machine, "now"),
      }).toEqual({
        state: Machine.state(machine),
        workflow: Context.workflow(context),
        policy: Context.policy(context),
        graph: Context.graph(context),
        now: Context.now(context),
        metrics: Context.metrics(context),
        error: [Context.error(context), Context.errorCode(context)],
        results: Context.results(context),
        steps: Context.steps(context),
        step: Context.step(context, "ship"),
        running: Context.stepsWithStatus(context, "running"),
        changed: Context.changedSteps(context, Machine.context(executing)),
        inFlight: Context.inFlightCount(context),
        dueAt: Context.nextDueAt(context),
        checkpoints: Context.checkpoints(context),
        data: Context.checkpointData(context, "now"),
      });
    }
  });
});

describe("RunQueries.checkpointData", () => {
  test("includes what a restore kept of items that have not begun again", () => {
    const fan = step("f", {
      continueOnError: true,
      foreach: { in: ["p", "q", "r"], as: "item", concurrency: 1 },
    });
    const ended = moveAll(Machine.make(0), [
      ...preparing([fan, step("end", { dependencies: ["f"] })]),
      { type: "steps_scheduled" },
      ...[start("f[p]"), complete("f[p]"), start("f[q]"), complete("f[q]")],
      ...[start("f[r]"), fail("f[r]"), start("end"), fail("end")],
      { type: "workflow_failed", error: "end broke" },
    ]);
    const { toleratedFailures = {}, ...rest } = RunQueries.checkpointData(ended, "first");
    const resumed = moveAll(ended, [
      {
        type: "restore_checkpoint",
        checkpointData: {
          ...rest,
          completedSteps: rest.completedSteps.filter((id) => id !== "f[p]"),
          toleratedFailures,
        },
      },
    ]);
    const { completedSteps, stepResults, ...again } = RunQueries.checkpointData(resumed, "second");
    expect([completedSteps, stepResults, again.toleratedFailures]).toEqual([
      ["f[q]"],
      { "f[q]": "f[q]" },
      { "f[r]": "broken" },
    ]);
  });
});

test("a fan-out over a text fails with an error that names the kind of the value", () => {
  const fan = step("f", {
    dependencies: ["a"],
    foreach: { in: "steps.a.output", as: "item" },
  });
  const ended = moveAll(Machine.make(0), [
    ...preparing([step("a"), fan]),
    { type: "steps_scheduled" },
    ...[start("a"), complete("a")],
  ]);
  expect(RunQueries.step(ended, "f")?.error).toBe(
    "`foreach`: the value must be a list, but it is text",
  );
});
