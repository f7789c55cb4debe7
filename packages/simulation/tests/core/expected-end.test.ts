import type { StepDef } from "@automatosx/rescript-core";
import { describe, expect, test } from "vitest";
import { expectedEnd } from "../../src/core/expected-end.js";
import { type AgentFailure, makePlan } from "../../src/core/Plan.js";

const step = (id: string, fields: Partial<StepDef> = {}): StepDef => ({
  id,
  name: id,
  agentId: "x",
  task: "work",
  dependencies: [],
  parallel: true,
  retries: 1,
  continueOnError: false,
  ...fields,
});

function endOf(defs: readonly StepDef[], scripts: readonly (readonly AgentFailure[])[]) {
  const habits = {
    deliversLate: false,
    writesLate: false,
    commitsInGroups: false,
    usesCheckpoints: false,
  };
  const plan = makePlan(defs, { policy: {}, scripts, habits });
  return expectedEnd(plan, plan.scripts);
}

describe("expectedEnd", () => {
  test("completes a run whose steps have enough retries", () => {
    expect(
      endOf([step("a"), step("b", { dependencies: ["a"] })], [["error"], ["timeout"]]),
    ).toEqual({
      state: "completed",
      statuses: ["completed", "completed"],
    });
  });

  test("fails a run and skips the dependents when a step has no retry left", () => {
    const defs = [
      step("c", { dependencies: ["b"] }),
      step("b", { dependencies: ["a"] }),
      step("a"),
      step("d"),
    ];
    expect(endOf(defs, [[], [], ["error", "timeout"], []])).toEqual({
      state: "failed",
      statuses: ["skipped", "skipped", "failed", "completed"],
    });
  });

  test("continues after an invalid step with continueOnError, which is not retried", () => {
    const defs = [step("a", { continueOnError: true }), step("b", { dependencies: ["a"] })];
    expect(endOf(defs, [["invalid"], []])).toEqual({
      state: "completed",
      statuses: ["failed", "completed"],
    });
  });
});
