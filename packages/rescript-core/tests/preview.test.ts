import { describe, expect, test } from "vitest";
import {
  Machine,
  RunQueries,
  type StepDef,
  type WorkflowEvent,
  type WorkflowMachine,
} from "../src/index.js";
import {
  complete,
  definitionOf,
  fail,
  move,
  moveAll,
  preparing,
  start,
  step,
} from "./support/machines.js";

const begun = (steps: readonly StepDef[]): WorkflowMachine =>
  moveAll(Machine.make(0), [...preparing([...steps]), { type: "steps_scheduled" }]);

const chain = [
  step("a"),
  step("b", { dependencies: ["a"] }),
  step("c", { dependencies: ["b"] }),
  step("d"),
];

/** `a`, `b` and `c` are completed, and `d` is running. */
const machine = moveAll(begun(chain), [
  start("a", "d"),
  complete("a"),
  start("b"),
  complete("b"),
  start("c"),
  complete("c"),
]);

const edited: WorkflowEvent = {
  type: "result_edited",
  stepId: "a",
  attemptNumber: 1,
  result: "other",
  recipe: 1,
};

/** The verdict on each step, with what has changed. */
function verdicts(of: WorkflowMachine, event: WorkflowEvent): string[] {
  const preview = RunQueries.preview(of, event, 0);
  if (!preview.ok) return [preview.reason];
  return preview.steps.map(({ stepId, verdict, changed }) =>
    [stepId, verdict, ...changed].join(" "),
  );
}

describe("RunQueries.preview", () => {
  test("tells what is kept from what is stale, and why", () => {
    expect(verdicts(machine, edited)).toEqual([
      "a kept",
      "b stale steps.a",
      "c stale steps.b",
      "d kept",
    ]);
  });

  test("changes nothing, and gives the reason of a refusal", () => {
    const before = Machine.snapshot(machine, undefined);
    RunQueries.preview(machine, edited, 0);
    expect(Machine.snapshot(machine, undefined)).toEqual(before);
    expect(verdicts(machine, { ...edited, stepId: "ghost" })).toEqual(["unknown_step"]);
  });

  test("names the steps that are in one definition alone, and the changed part of the others", () => {
    const amended = [
      step("a"),
      step("b", { dependencies: ["a"], task: "another" }),
      step("d", { agentId: "other" }),
      step("e"),
    ];
    expect(verdicts(machine, definitionOf(amended))).toEqual([
      "a kept",
      "b stale task",
      "d stale agent",
      "e new",
      "c dropped",
    ]);
  });

  test("says that a step is performed again that has nothing to keep, or on request", () => {
    const reopened: WorkflowEvent = {
      type: "steps_reopened",
      stepIds: ["a"],
      downstream: false,
      recipe: 1,
    };
    expect(verdicts(machine, reopened)).toEqual([
      "a again",
      "b stale steps.a",
      "c stale steps.b",
      "d kept",
    ]);
    const failed = moveAll(begun([step("a"), step("b")]), [
      start("a", "b"),
      complete("a"),
      fail("b"),
      { type: "workflow_failed", error: "b broke", code: "step_failed" },
    ]);
    expect(verdicts(failed, { ...reopened, stepIds: [] })).toEqual(["a kept", "b again"]);
  });

  test("lists a leaf of which the run knows a result, before what is around it begins again", () => {
    const steps = [
      step("list"),
      step("each", { dependencies: ["list"], foreach: { in: "steps.list.output", as: "item" } }),
    ];
    const done = moveAll(begun(steps), [
      start("list"),
      { ...complete("list"), result: ["x", "y"] } as WorkflowEvent,
      start("each[x]", "each[y]"),
      complete("each[x]"),
      complete("each[y]"),
    ]);
    expect(
      verdicts(done, { type: "steps_reopened", stepIds: ["list"], downstream: false, recipe: 1 }),
    ).toEqual(["list again", "each[x] stale steps.list", "each[y] stale steps.list"]);
    // Two items with one key.
    const twice = RunQueries.preview(done, { ...edited, stepId: "list", result: ["x", "x"] }, 0);
    const because = {
      stepId: "each",
      status: "failed",
      error: "`foreach`: two items have the key `x`",
    };
    expect(twice).toEqual({
      ok: true,
      steps: [
        { stepId: "list", verdict: "kept", changed: [] },
        { stepId: "each[x]", verdict: "dropped", changed: [], because },
        { stepId: "each[y]", verdict: "dropped", changed: [], because },
      ],
    });
    expect(verdicts(done, { ...edited, stepId: "list", result: ["y", "z"] })).toEqual([
      "list kept",
      "each[y] kept",
      "each[z] new",
      "each[x] dropped",
    ]);
  });
});

describe("results by content", () => {
  const steps = [
    step("list"),
    step("each", { dependencies: ["list"], foreach: { in: "steps.list.output", as: "item" } }),
    step("hold", {
      dependencies: ["each"],
      agentId: "@gate",
      gate: { ask: "Go?", form: { type: "object" }, onExpire: "reject", onReject: "fail" },
    }),
  ];
  const list = (...items: string[]): WorkflowEvent => ({
    ...edited,
    stepId: "list",
    result: items,
  });
  const done = moveAll(begun(steps), [
    start("list"),
    { ...complete("list"), result: ["x", "y", "z"] } as WorkflowEvent,
    start("each[x]", "each[y]", "each[z]"),
    complete("each[x]"),
    complete("each[y]"),
    complete("each[z]"),
  ]);
  const ready = (of: WorkflowMachine): string[] => RunQueries.stepsWithStatus(of, "ready");

  test("launch nothing for a list in another order, and one step for one more item", () => {
    expect(ready(move(done, list("z", "x", "y")))).toEqual([]);
    expect(ready(move(done, list("z", "new", "x", "y")))).toEqual(["each[new]"]);
  });

  test("launch 28 steps of a chain of 57 after an edit of the task of the 30th", () => {
    const long = Array.from({ length: 57 }, (_, index) =>
      step(`s${index}`, { dependencies: index === 0 ? [] : [`s${index - 1}`] }),
    );
    const all = long.reduce(
      (before, { id }) => moveAll(before, [start(id), complete(id)]),
      begun([...long, step("last")]),
    );
    const amended = long.map((def, index) => (index === 29 ? { ...def, task: "another" } : def));
    const launches = (resultOf: (id: string) => unknown): number => {
      let machine = move(all, definitionOf([...amended, step("last")]));
      let count = 0;
      for (;;) {
        const [id] = ready(machine).filter((id) => id !== "last");
        if (id === undefined) return count;
        count += 1;
        const attemptNumber = (RunQueries.step(machine, id)?.attemptNumber ?? 0) + 1;
        machine = moveAll(machine, [
          start(id),
          { type: "step_completed", stepId: id, attemptNumber, result: resultOf(id) },
        ]);
      }
    };
    expect(launches((id) => `${id}, again`)).toBe(28);
    expect(launches((id) => id)).toBe(1);
  });
});
