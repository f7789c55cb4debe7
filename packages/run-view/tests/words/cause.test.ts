import { describe, expect, test } from "vitest";
import { describeCause, type StepCause } from "../../src/index.js";

const say = (cause: StepCause, isActive = true): string =>
  describeCause(cause, { now: 1000, isActive });

describe("describeCause", () => {
  test.each<[string, StepCause]>([
    ["c waits for a, b", { type: "dependencies", stepId: "c", waitsFor: ["a", "b"] }],
    ["c waits for the run to start its steps", { type: "dependencies", stepId: "c", waitsFor: [] }],
    [
      "c is skipped: it needs b (ok-or-skipped), which failed",
      { type: "edge", stepId: "c", because: "b", mode: "ok-or-skipped", status: "failed" },
    ],
    [
      "c is skipped: none of a, b completed",
      { type: "none_completed", stepId: "c", choices: ["a", "b"] },
    ],
    [
      "b is skipped: its condition is false: steps.a.output.risk == 'high', where " +
        'steps.a.output.risk is "low"',
      {
        type: "condition",
        stepId: "b",
        condition: "steps.a.output.risk == 'high'",
        readings: [{ path: "steps.a.output.risk", value: "low" }],
      },
    ],
    [
      "b is skipped: its condition is false: false",
      { type: "condition", stepId: "b", condition: "false", readings: [] },
    ],
    [
      "b is parked until the quota of provider is free again in 2h00m",
      { type: "parked", stepId: "b", agentId: "x", scope: "provider", until: 7_201_000 },
    ],
    [
      "b is ready: the rate of agent x admits its next start in 30.0s",
      { type: "rate", stepId: "b", agentId: "x", until: 31_000 },
    ],
    [
      "b is ready, and held back by the budget: usd 3.2 of 8",
      { type: "budget", stepId: "b", agentId: "x", used: "usd 3.2 of 8" },
    ],
    [
      "f[z] has not begun: the concurrency of f limits how many items are in progress at once",
      { type: "not_begun", stepId: "f[z]", owner: "f" },
    ],
    [
      "g.a has not begun, because it is inside g, which was skipped",
      { type: "around", stepId: "g.a", owner: "g", status: "skipped" },
    ],
    [
      "a is tried again in 2.5s, because its last attempt failed: no network",
      { type: "retry", stepId: "a", retryAt: 3500, error: "no network" },
    ],
    ["l begins its next round now", { type: "round", stepId: "l", dueAt: 900 }],
    ["f has begun, and waits for f[x]", { type: "inside", stepId: "f", waitsFor: ["f[x]"] }],
    ["f has begun", { type: "inside", stepId: "f", waitsFor: [] }],
    ["a failed: exit 1", { type: "failed", stepId: "a", error: "exit 1" }],
    ["a is completed", { type: "completed", stepId: "a" }],
    ["a was cancelled with the run", { type: "cancelled", stepId: "a" }],
  ])("says: %s", (text, cause) => {
    expect(say(cause)).toBe(text);
  });

  test("says of a run that no process works on when its steps continue", () => {
    const ready: StepCause = { type: "ready", stepId: "a", agentId: "w" };
    const running: StepCause = { type: "running", stepId: "a", attemptNumber: 2, agentId: "w" };
    expect([ready, running].flatMap((cause) => [say(cause), say(cause, false)])).toEqual([
      "a is ready: it starts as soon as there is a free slot for agent w",
      "a is ready: it starts when the run is resumed",
      "a is running: attempt 2, agent w",
      "a was interrupted in attempt 2: the next attempt starts when the run is resumed",
    ]);
  });

  test("names at most 5 steps and 8 values", () => {
    const many = Array.from({ length: 9 }, (_, index) => `s${index}`);
    const readings = many.map((path) => ({ path, value: 1 }));
    expect([
      say({ type: "dependencies", stepId: "c", waitsFor: many }),
      say({ type: "condition", stepId: "c", condition: "x", readings }),
    ]).toEqual([
      "c waits for s0, s1, s2, s3, s4, 4 more",
      "c is skipped: its condition is false: x, where s0 is 1, s1 is 1, s2 is 1, s3 is 1, s4 " +
        "is 1, " +
        "s5 is 1, s6 is 1, s7 is 1, 1 more",
    ]);
  });
});
