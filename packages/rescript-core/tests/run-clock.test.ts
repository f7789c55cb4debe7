import { describe, expect, test } from "vitest";
import { Machine, RunQueries } from "../src/index.js";
import { definitionOf, move, moveAll, preparing, start, step } from "./support/machines.js";

const limited = step("a", { totalTimeout: 1000 });
const unlimited = step("a");

describe("the clock of a run", () => {
  test("starts again on resume when the paused run has lost its total timeouts", () => {
    const begun = moveAll(Machine.make(0), [
      ...preparing([limited]),
      { type: "steps_scheduled" },
      start("a"),
      { type: "pause_workflow" },
    ]);
    const amended = move(begun, definitionOf([unlimited]), 400);
    const resumed = move(amended, { type: "resume_workflow" }, 500);
    const limitedAgain = move(resumed, definitionOf([limited]), 600);
    expect(RunQueries.nextDueAt(limitedAgain)).toBe(1500);
    const due = move(limitedAgain, { type: "steps_due", stepIds: ["a"] }, 1500);
    expect(RunQueries.step(due, "a")?.status).toBe("failed");
  });
});
