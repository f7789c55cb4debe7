import type { StepDefinition } from "@automatosx/schemas";
import { launchBounds } from "@automatosx/workflow";
import { describe, expect, test } from "vitest";
import { describeLaunches } from "../../src/render/launch-words.js";

const step = (id: string, more: Partial<StepDefinition> = {}): StepDefinition => ({
  id,
  name: id,
  agentId: "a",
  task: "x",
  dependencies: [],
  parallel: true,
  retries: 0,
  continueOnError: false,
  ...more,
});

const bounds = (...steps: StepDefinition[]) => launchBounds({ steps });

describe("launchBounds", () => {
  test("counts retries, and each time that an agent may be asked again", () => {
    expect([
      bounds(step("a"), step("b", { retries: 2 })),
      bounds(step("a", { retries: 1, output: { type: "object" } })),
      bounds(step("a", { output: { type: "object" }, reasks: 0 })),
    ]).toEqual([
      { least: 2, most: 4 },
      { least: 1, most: 8 },
      { least: 1, most: 1 },
    ]);
  });

  test("counts a step that may be skipped, and what needs it, only for the most", () => {
    const steps = [
      step("a"),
      step("b", { dependencies: ["a"], if: "x" }),
      step("c", { dependencies: ["b"] }),
      step("d", { dependencies: ["b"], joins: { b: "ok-or-skipped" } }),
    ];
    expect(bounds(...steps.toReversed())).toEqual({ least: 2, most: 4 });
  });

  test("multiplies by rounds and by the items of a list in the file", () => {
    const inner = [step("x"), step("y", { dependencies: ["x"] })];
    expect([
      bounds(step("l", { loop: { max: 3, onMax: "fail" }, steps: inner })),
      bounds(step("l", { loop: { max: 3, onMax: "fail", until: "x" }, steps: inner })),
      bounds(step("f", { foreach: { in: ["p", "q"], as: "item" } })),
    ]).toEqual([
      { least: 6, most: 6 },
      { least: 2, most: 6 },
      { least: 2, most: 2 },
    ]);
  });

  test("knows no most for a list that depends on results, and counts no programs", () => {
    const run = { command: ["npm", "test"] };
    expect([
      bounds(step("a"), step("f", { foreach: { in: "steps.a.output", as: "item" } })),
      bounds(step("f", { agentId: "@run", run, foreach: { in: "inputs.x", as: "item" } })),
    ]).toEqual([{ least: 1 }, { least: 0, most: 0 }]);
  });

  test("orders a chain of thousands of steps without recursion", () => {
    const steps = Array.from({ length: 20_000 }, (_, index) =>
      step(`s${index}`, index === 0 ? {} : { dependencies: [`s${index - 1}`] }),
    );
    expect(bounds(...steps.toReversed())).toEqual({ least: 20_000, most: 20_000 });
  });
});

describe("describeLaunches", () => {
  test("says a number, two, or at least how many", () => {
    const all = [{ least: 1, most: 1 }, { least: 2, most: 9 }, { least: 2 }];
    expect(all.map(describeLaunches)).toEqual(["1 launch", "2–9 launches", "at least 2 launches"]);
  });
});
