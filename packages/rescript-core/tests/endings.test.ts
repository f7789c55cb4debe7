import { describe, expect, test } from "vitest";
import {
  type Handlers,
  Machine,
  RunQueries,
  type StepDef,
  type WorkflowEvent,
  type WorkflowMachine,
} from "../src/index.js";
import { complete, fail, moveAll, preparing, start, statusOf, step } from "./support/machines.js";

const handler = step("h", {
  task: "${{ run.status }} ${{ run.error }} ${{ run.reason }} ${{ run.failed }} ${{ run.id }}",
});

function begun(steps: readonly StepDef[], handlers: Handlers): WorkflowMachine {
  const events = preparing([...steps], {}, undefined, handlers);
  return moveAll(Machine.make(0), [...events, { type: "steps_scheduled" }]);
}

/** What a handler of `on.always` may read of the run. */
function runAfter(steps: readonly StepDef[], events: readonly WorkflowEvent[]): unknown {
  const machine = moveAll(begun(steps, { always: [handler] }), [...events, start(":always.h")]);
  return RunQueries.request(machine, ":always.h", 1)?.values["run"];
}

const stopOf = (fields: Partial<StepDef>): StepDef =>
  step("halt", { agentId: "@stop", task: "", dependencies: ["a"], ...fields });

describe("what a handler reads of the run", () => {
  test("is its status alone when nothing failed", () => {
    expect(runAfter([step("a")], [start("a"), complete("a")])).toEqual({
      id: "",
      status: "completed",
      error: null,
      reason: null,
      failed: [],
    });
  });

  test("has the error and every step that failed, but for tolerated failures", () => {
    const steps = [step("a"), step("b"), step("c", { continueOnError: true })];
    const events = [start("a", "b", "c"), fail("b"), fail("a"), fail("c")];
    expect(runAfter(steps, events)).toEqual({
      id: "",
      status: "failed",
      error: "step `a` failed: broken (and 1 more)",
      reason: null,
      failed: [
        { id: "a", error: "broken" },
        { id: "b", error: "broken" },
      ],
    });
  });

  test("names a failed step inside a group that a stop cancelled, and not the stop", () => {
    const inner = [
      step("x"),
      stopOf({ dependencies: ["x"], joins: { x: "done" }, stop: { as: "failed" } }),
    ];
    expect(runAfter([step("g", { steps: inner })], [start("g.x"), fail("g.x")])).toEqual({
      id: "",
      status: "failed",
      error: "stopped by `g.halt`",
      reason: null,
      failed: [{ id: "g.x", error: "broken" }],
    });
  });

  test("has the reason of the stop", () => {
    const steps = [
      step("a"),
      stopOf({ stop: { as: "completed", reason: "a is ${{ steps.a.output }}" } }),
    ];
    expect(runAfter(steps, [start("a"), complete("a")])).toEqual({
      id: "",
      status: "completed",
      error: null,
      reason: "a is a",
      failed: [],
    });
  });

  test("says that the run is cancelled, whatever failed before", () => {
    const events = [
      start("a", "b"),
      fail("a"),
      { type: "cancel_workflow", reason: "enough" },
    ] as const;
    expect(runAfter([step("a"), step("b")], events)).toEqual({
      id: "",
      status: "cancelled",
      error: null,
      reason: null,
      failed: [{ id: "a", error: "broken" }],
    });
  });

  test("is not there for the steps of the workflow", () => {
    const machine = moveAll(begun([handler], {}), [start("h")]);
    expect(RunQueries.request(machine, "h", 1)?.values["run"]).toEqual({ id: "" });
  });
});

describe("the reason of a stop", () => {
  const stopped = (reason: string) => {
    const steps = [step("a"), stopOf({ stop: { as: "cancelled", reason } })];
    return moveAll(begun(steps, {}), [start("a"), complete("a")]);
  };

  test("is cut off after 4,096 characters, none of which is cut in two", () => {
    expect(RunQueries.stopped(stopped("🙂".repeat(5000)))).toEqual({
      stepId: "halt",
      as: "cancelled",
      reason: "🙂".repeat(4096),
    });
  });

  test("fails the step if it cannot be rendered, and nothing is stopped", () => {
    const machine = stopped("${{ steps.a.output.x }}");
    expect([RunQueries.stopped(machine), RunQueries.step(machine, "halt")?.detail]).toEqual([
      undefined,
      { reason: "expression" },
    ]);
  });

  test("is derived again when a snapshot without results is loaded", () => {
    const before = stopped("a is ${{ steps.a.output }}");
    const { steps, ...rest } = Machine.snapshot(before, undefined);
    const kept = steps.map(({ result, ...progress }) =>
      progress.id === "a" ? { ...progress, result } : progress,
    );
    const prepared = moveAll(
      Machine.make(0),
      preparing([
        step("a"),
        stopOf({ stop: { as: "cancelled", reason: "a is ${{ steps.a.output }}" } }),
      ]),
    );
    const loaded = Machine.fastForward(prepared, [{ ...rest, steps: kept }]);
    expect(RunQueries.stopped(loaded)).toEqual(RunQueries.stopped(before));
  });
});

describe("a run on its way to its end", () => {
  test("says which of its lists it executes, and whether it was cancelled", () => {
    const place = (machine: WorkflowMachine) => [
      RunQueries.phase(machine),
      RunQueries.isCancelling(machine),
      RunQueries.error(machine),
    ];
    const failing = moveAll(begun([step("a")], { failure: [handler], always: [handler] }), [
      start("a"),
      fail("a"),
    ]);
    const cancelled = moveAll(failing, [{ type: "cancel_workflow", reason: "enough" }]);
    expect([place(begun([step("a")], {})), place(failing), place(cancelled)]).toEqual([
      ["main", false, undefined],
      ["failure", false, undefined],
      ["always", true, "enough"],
    ]);
  });

  test("has no steps of handlers before they are due", () => {
    const machine = begun([step("a")], { failure: [handler], always: [handler] });
    expect(RunQueries.steps(machine).map(({ id }) => id)).toEqual(["a"]);
  });

  test("runs handlers that are groups, fan-outs and loops", () => {
    const handlers = {
      always: [
        step("g", { steps: [step("x")] }),
        step("f", { foreach: { in: ["k"], as: "item" } }),
        step("l", { loop: { max: 1, onMax: "continue" } }),
      ],
    };
    const machine = moveAll(begun([step("a")], handlers), [start("a"), complete("a")]);
    expect(RunQueries.steps(machine).map(({ id }) => id)).toEqual([
      "a",
      ":always.g",
      ":always.g.x",
      ":always.f",
      ":always.f[k]",
      ":always.l",
      ":always.l#1",
    ]);
    const done = moveAll(machine, [
      start(":always.g.x", ":always.f[k]", ":always.l#1"),
      complete(":always.g.x"),
      complete(":always.f[k]"),
      complete(":always.l#1"),
    ]);
    expect([":always.g", ":always.f", ":always.l"].map((id) => statusOf(done, id))).toEqual([
      "completed",
      "completed",
      "completed",
    ]);
  });

  test("does not count handlers among the results of the workflow", () => {
    const machine = moveAll(begun([step("a")], { always: [handler] }), [
      start("a"),
      complete("a"),
      start(":always.h"),
      complete(":always.h"),
    ]);
    expect(RunQueries.results(machine)).toEqual({ a: "a" });
  });

  test("is refused with handlers whose dependencies form no graph", () => {
    const events = preparing([step("a")], {}, undefined, {
      always: [step("x", { dependencies: ["y"] }), step("y", { dependencies: ["x"] })],
    });
    const parsed = moveAll(Machine.make(0), events.slice(0, -1));
    expect(Machine.transition(parsed, events.at(-1) as WorkflowEvent, 0)).toMatchObject({
      ok: false,
      reason: "graph_mismatch",
    });
  });
});
