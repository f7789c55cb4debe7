import type { StepDef } from "@automatosx/rescript-core";
import { describe, expect, test } from "vitest";
import type { AgentFailure } from "../../src/core/AgentFailure.js";
import { expectedEnd, expectedTreeEnd } from "../../src/core/expected-end.js";
import { makePlan } from "../../src/core/Plan.js";

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

const habits = {
  deliversLate: false,
  writesLate: false,
  commitsInGroups: false,
  usesCheckpoints: false,
};

function endOf(defs: readonly StepDef[], scripts: readonly (readonly AgentFailure[])[]) {
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

describe("expectedTreeEnd", () => {
  test("gives the status of every path, and the result of every completed one", () => {
    const plan = makePlan(
      [
        step("each", { foreach: { in: ["a", "b"], as: "item" }, continueOnError: true }),
        step("then", { dependencies: ["each"], if: "size(steps.each.output) == 3" }),
      ],
      { policy: {}, scripts: [], habits },
    );
    const agents = {
      scriptOf: (path: string): readonly AgentFailure[] =>
        path === "each[a]" ? ["invalid_output", "error", "invalid"] : [],
      resultOf: (path: string) => `of ${path}`,
    };
    expect(expectedTreeEnd(plan, agents)).toEqual({
      state: "completed",
      statuses: new Map([
        ["each", "completed"],
        ["then", "skipped"],
        ["each[a]", "failed"],
        ["each[b]", "completed"],
      ]),
      results: new Map<string, unknown>([
        ["each", [null, "of each[b]"]],
        ["each[b]", "of each[b]"],
      ]),
    });
  });
});
