import { describe, expect, test } from "vitest";
import { Context, criticalPath, downstream, Machine, type WorkflowEvent } from "../src/index.js";
import {
  complete,
  fail,
  graphBuilt,
  move,
  moveAll,
  preparing,
  restore,
  start,
  step,
} from "./support/machines.js";

const LENGTH = 20_000;
const steps = Array.from({ length: LENGTH }, (_, index) =>
  step(`s${index}`, { dependencies: index === 0 ? [] : [`s${index - 1}`] }),
);
const graph = graphBuilt(steps) as Extract<WorkflowEvent, { type: "graph_built" }>;
const executing = moveAll(Machine.make(0), [...preparing(steps), { type: "steps_scheduled" }]);
const failed = moveAll(executing, [start("s0"), fail("s0")]);

describe(`a chain of ${LENGTH} steps, on half of the default stack`, () => {
  test("runs from its first step to its last", () => {
    const done = steps.reduce(
      (machine, { id }) => move(move(machine, start(id)), complete(id)),
      executing,
    );
    expect(Context.metrics(Machine.context(done))).toMatchObject({
      completedSteps: LENGTH,
      currentBatch: LENGTH,
    });
  });

  test("is skipped to its last step when the first step fails", () => {
    expect(Context.metrics(Machine.context(failed))).toMatchObject({
      failedSteps: 1,
      skippedSteps: LENGTH - 1,
    });
  });

  test("is cancelled, restored and loaded from a snapshot", () => {
    const cancelled = move(executing, { type: "cancel_workflow" });
    const restored = moveAll(failed, [
      { type: "workflow_failed", error: "failed" },
      restore("s0"),
      { type: "checkpoint_restored" },
    ]);
    const copy = Machine.fastForward(moveAll(Machine.make(0), preparing(steps)), [
      Machine.snapshot(restored, undefined),
    ]);
    expect([
      Context.metrics(Machine.context(cancelled)).cancelledSteps,
      Context.stepsWithStatus(Machine.context(restored), "ready"),
      Context.stepsWithStatus(Machine.context(copy), "ready"),
    ]).toEqual([LENGTH, ["s1"], ["s1"]]);
  });

  test("has a critical path and a list of dependents as long as the chain", () => {
    expect([criticalPath(graph, {}).length, downstream(graph, "s0").length]).toEqual([
      LENGTH,
      LENGTH - 1,
    ]);
  });
});
