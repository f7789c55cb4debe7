import { describe, expect, test } from "vitest";
import {
  Machine,
  RunQueries,
  type StepDef,
  type WorkflowEvent,
  type WorkflowMachine,
} from "../src/index.js";
import { complete, fail, move, moveAll, preparing, start, step } from "./support/machines.js";

function begun(steps: readonly StepDef[]): WorkflowMachine {
  return moveAll(Machine.make(0), [...preparing([...steps]), { type: "steps_scheduled" }]);
}

const result = (stepId: string, value: unknown) =>
  ({ type: "step_completed", stepId, attemptNumber: 1, result: value }) as const;

describe("RunQueries.why", () => {
  test("says what has changed since the result of a step, and which run its result is from", () => {
    const machine = moveAll(begun([step("a"), step("b", { dependencies: ["a"] })]), [
      start("a"),
      { ...complete("a"), reused: { runId: "earlier", seq: 7 } } as WorkflowEvent,
      start("b"),
      complete("b"),
    ]);
    expect(RunQueries.why(machine, "a")).toEqual([
      { type: "completed", stepId: "a" },
      { type: "reused", stepId: "a", runId: "earlier", seq: 7 },
    ]);
    const edited = move(machine, {
      type: "result_edited",
      stepId: "a",
      attemptNumber: 1,
      result: "other",
      recipe: 1,
    });
    expect(RunQueries.why(edited, "b")).toEqual([
      { type: "ready", stepId: "b", agentId: "agent" },
      { type: "changed", stepId: "b", changed: ["steps.a"] },
      { type: "completed", stepId: "a" },
    ]);
  });

  test("names what a step waits for, and explains the first of it", () => {
    const machine = begun([step("a"), step("b"), step("c", { dependencies: ["a", "b"] })]);
    expect(RunQueries.why(machine, "c")).toEqual([
      { type: "dependencies", stepId: "c", waitsFor: ["a", "b"] },
      { type: "ready", stepId: "a", agentId: "agent" },
    ]);
  });

  test("gives the values that a false condition read", () => {
    const machine = moveAll(
      begun([
        step("a"),
        step("b", {
          dependencies: ["a"],
          if: "steps.a.output.risk == 'high' || size(steps.a.output.files) > 2",
        }),
        step("c", { dependencies: ["b"] }),
      ]),
      [start("a"), result("a", { risk: "low", files: ["x"] })],
    );
    expect(RunQueries.why(machine, "c")).toEqual([
      { type: "edge", stepId: "c", because: "b", mode: "ok", status: "skipped" },
      {
        type: "condition",
        stepId: "b",
        condition: "steps.a.output.risk == 'high' || size(steps.a.output.files) > 2",
        readings: [
          { path: "steps.a.output.risk", value: "low" },
          { path: "steps.a.output.files", value: ["x"] },
        ],
      },
    ]);
  });

  test("says what an open step waits for, and which item has not begun", () => {
    const machine = moveAll(
      begun([step("f", { foreach: { in: ["x", "y", "z"], as: "item", concurrency: 1 } })]),
      [start("f[x]")],
    );
    expect([RunQueries.why(machine, "f"), RunQueries.why(machine, "f[z]")]).toEqual([
      [
        { type: "inside", stepId: "f", waitsFor: ["f[x]", "f[y]", "f[z]"] },
        { type: "running", stepId: "f[x]", attemptNumber: 1, agentId: "agent" },
      ],
      [{ type: "not_begun", stepId: "f[z]", owner: "f" }],
    ]);
  });

  test("says what stands where a fan-out needs a list", () => {
    const explain = (value: unknown) =>
      RunQueries.why(
        moveAll(
          begun([
            step("a"),
            step("f", { dependencies: ["a"], foreach: { in: "steps.a.output", as: "item" } }),
          ]),
          [start("a"), result("a", value)],
        ),
        "f",
      );
    const failed = (error: string) => [{ type: "failed", stepId: "f", error }];
    expect([explain("x"), explain({ x: 1 })]).toEqual([
      failed("`foreach`: the value must be a list, but it is text"),
      failed("`foreach`: the value must be a list, but it is a map"),
    ]);
  });

  test("names the choices of a step of which none was completed", () => {
    const machine = begun([
      step("a", { if: "false" }),
      step("b", { if: "false" }),
      step("c", { dependencies: ["a", "b"], joins: { a: "done", b: "done" }, join: "any" }),
    ]);
    expect(RunQueries.why(machine, "c")).toEqual([
      { type: "none_completed", stepId: "c", choices: ["a", "b"] },
      { type: "condition", stepId: "a", condition: "false", readings: [] },
    ]);
  });

  test("names the dependency whose edge is not satisfied, as `skippedBecause` does", () => {
    const machine = moveAll(
      begun([
        step("a"),
        step("b"),
        step("c", { dependencies: ["a", "b"], joins: { a: "done" } }),
        step("d", { dependencies: ["a"], joins: { a: "ok-or-skipped" } }),
      ]),
      [start("a"), start("b"), fail("b"), fail("a")],
    );
    expect(
      ["c", "d"].map((id) => [
        RunQueries.why(machine, id)[0],
        RunQueries.skippedBecause(machine, id, undefined),
      ]),
    ).toEqual([
      [{ type: "edge", stepId: "c", because: "b", mode: "ok", status: "failed" }, "b"],
      [{ type: "edge", stepId: "d", because: "a", mode: "ok-or-skipped", status: "failed" }, "a"],
    ]);
  });

  test("names the check that judges an answer, and explains it", () => {
    const judge = step("check-1", { agentId: "judge" });
    const machine = moveAll(begun([step("a", { check: [{ step: judge }, { that: "true" }] })]), [
      start("a"),
      { type: "step_answered", stepId: "a", attemptNumber: 1, result: "x" },
      start("a:check-1"),
    ]);
    expect(RunQueries.why(machine, "a")).toEqual([
      { type: "checks", stepId: "a", number: 1, count: 2, check: "a:check-1" },
      { type: "running", stepId: "a:check-1", attemptNumber: 1, agentId: "judge" },
    ]);
  });

  test("says that an outcome is unknown, and explains the step that finds out", () => {
    const reconcile = step("reconcile", { agentId: "ledger" });
    const machine = moveAll(begun([step("pay", { effect: "external", reconcile })]), [
      start("pay"),
      { ...fail("pay"), reason: "interrupted" } as WorkflowEvent,
    ]);
    expect(RunQueries.why(machine, "pay")).toEqual([
      { type: "unknown", stepId: "pay", error: "broken" },
      { type: "ready", stepId: "pay:reconcile", agentId: "ledger" },
    ]);
  });

  test("is empty for a step that the run does not have", () => {
    expect(RunQueries.why(moveAll(begun([step("a")]), [start("a"), complete("a")]), "b")).toEqual(
      [],
    );
  });

  test("says which stop cancelled a step, and why the stop ended the run", () => {
    const machine = moveAll(
      begun([
        step("a"),
        step("b"),
        step("halt", { dependencies: ["a"], stop: { as: "failed", reason: "red" } }),
      ]),
      [start("a", "b"), complete("a")],
    );
    expect(RunQueries.why(machine, "b")).toEqual([
      { type: "cancelled", stepId: "b", by: "halt" },
      { type: "stop", stepId: "halt", as: "failed", reason: "red" },
    ]);
  });

  test("says which step around a cancelled one reached its total timeout", () => {
    const inner = step("in", { retries: 1 });
    const machine = [
      ...preparing([step("g", { steps: [inner], totalTimeout: 1000 })]),
      { type: "steps_scheduled" } as const,
      start("g.in"),
    ].reduce((before, event) => move(before, event), Machine.make(0));
    const late = move(machine, { type: "steps_due", stepIds: ["g"] }, 1000);
    expect(RunQueries.why(late, "g.in")).toEqual([
      { type: "cancelled", stepId: "g.in", by: "g" },
      { type: "failed", stepId: "g", error: "the whole step took longer than 1s" },
    ]);
  });

  test("says nothing more of a step that was cancelled with its run", () => {
    const machine = moveAll(begun([step("a")]), [start("a"), { type: "cancel_workflow" }]);
    expect(RunQueries.why(machine, "a")).toEqual([{ type: "cancelled", stepId: "a" }]);
  });
});
