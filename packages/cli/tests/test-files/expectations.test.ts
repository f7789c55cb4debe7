import { describe, expect, test } from "vitest";
import { mismatches } from "./play.js";

const FLOW = `id: flow
limits: { agents: { worker: { concurrency: 2 } } }
steps:
  - { id: a, agentId: worker, task: x }
  - { id: b, agentId: worker, task: x }
  - { id: bad, agentId: broken, task: x, dependencies: [a], continueOnError: true }
  - { id: worse, agentId: broken, task: x, dependencies: [bad] }
  - { id: last, agentId: worker, task: x, dependencies: [worse] }
`;
const agents = {
  worker: { sleep: "5s", then: { json: { n: 1 } } },
  broken: { fail: 9, message: "no luck" },
};

/** What holds after the flow has ended. */
const RIGHT = {
  status: "failed",
  steps: { a: "completed", bad: "failed", worse: "failed", last: "skipped" },
  results: { a: { n: 1 }, b: { n: 1 } },
  attempts: { a: 1, worse: 1, last: 0 },
  onlySteps: ["last", "worse", "bad", "b", "a"],
  launches: { worker: 2, broken: 2 },
  mostAtOnce: { worker: 2, broken: 1 },
  error: { code: "step_failed", contains: "worse" },
  stepErrors: { bad: { reason: "error", contains: "luck" } },
  order: [
    ["a completed", "bad started"],
    ["bad failed", "worse started"],
  ],
  elapsed: "5s",
};

describe("the expectations of a case", () => {
  test("hold if every key says what happened", async () => {
    expect(await mismatches(FLOW, { agents, expect: RIGHT })).toEqual([]);
  });

  test.each([
    ["status", { status: "completed" }, "expect.status", "completed", "failed"],
    ["steps", { steps: { b: "failed" } }, "expect.steps.b", "failed", "completed"],
    [
      "a step that does not exist",
      { steps: { c: "skipped" } },
      "expect.steps.c",
      "skipped",
      "no such step",
    ],
    ["results", { results: { a: { n: 2 } } }, "expect.results.a", { n: 2 }, { n: 1 }],
    [
      "a result of a step without one",
      { results: { last: null } },
      "expect.results.last",
      null,
      "no result: skipped",
    ],
    ["attempts", { attempts: { worse: 2 } }, "expect.attempts.worse", 2, 1],
    [
      "onlySteps",
      { onlySteps: ["a"] },
      "expect.onlySteps",
      ["a"],
      ["a", "b", "bad", "last", "worse"],
    ],
    ["launches", { launches: { worker: 3, broken: 2 } }, "expect.launches.worker", 3, 2],
    [
      "an agent that launches leaves out",
      { launches: { worker: 2 } },
      "expect.launches.broken",
      0,
      2,
    ],
    ["mostAtOnce", { mostAtOnce: { worker: 1 } }, "expect.mostAtOnce.worker", 1, 2],
    [
      "the code of the error",
      { error: { code: "stopped" } },
      "expect.error.code",
      "stopped",
      "step_failed",
    ],
    [
      "the reason of a step's error",
      { stepErrors: { bad: { reason: "timeout" } } },
      "expect.stepErrors.bad.reason",
      "timeout",
      "error",
    ],
    [
      "the error of a step that did not fail",
      { stepErrors: { a: { reason: "error" } } },
      "expect.stepErrors.a",
      "an error",
      "completed",
    ],
    [
      "order",
      { order: [["worse started", "a started"]] },
      "expect.order[0]",
      "worse started before a started",
      "a started before worse started",
    ],
    [
      "order of a moment that did not happen",
      { order: [["a completed", "last started"]] },
      "expect.order[0]",
      "a completed before last started",
      "`last started` did not happen",
    ],
    ["elapsed", { elapsed: "6s" }, "expect.elapsed", "6000 ms", "5000 ms"],
  ])("find a wrong value: %s", async (_, wrong, at, expected, found) => {
    expect(await mismatches(FLOW, { agents, expect: wrong })).toEqual([{ at, expected, found }]);
  });

  test.each([
    ["error", { error: { contains: "else" } }, "expect.error.contains"],
    ["stepErrors", { stepErrors: { bad: { contains: "else" } } }, "expect.stepErrors.bad.contains"],
  ])("find a missing part of a text: %s", async (_, wrong, at) => {
    const [found, ...others] = await mismatches(FLOW, { agents, expect: wrong });
    expect([found?.at, found?.expected, others]).toEqual([at, 'a text with "else"', []]);
  });

  test("beside an action name the action", async () => {
    const found = await mismatches(FLOW, {
      agents,
      do: [{ run: true, expect: { status: "paused" } }],
      expect: { status: "completed" },
    });
    expect(found.map(({ at }) => at)).toEqual(["do[0].expect.status", "expect.status"]);
  });
});

describe("the expected issues of a workflow file", () => {
  const INVALID =
    "id: x\nsteps:\n  - { id: a, agentId: b, task: c, retrys: 1 }\n  - { id: a, agentId: b, task: c }\n";
  const right = [
    { code: "AXW1101", line: 3, column: 35, at: "retrys" },
    { code: "AXW1201", line: 4, column: 11, at: "a, agentId" },
  ];

  test("hold if they are all issues, with code, place, text and severity", async () => {
    expect(await mismatches(INVALID, { invalid: right })).toEqual([]);
  });

  test.each([
    ["code", { code: "AXW1102" }],
    ["line", { line: 4 }],
    ["column", { column: 36 }],
    ["at", { at: "retries" }],
    ["severity", { severity: "warning" }],
  ])("find a wrong %s", async (_, wrong) => {
    const [first, second] = right;
    const found = await mismatches(INVALID, { invalid: [{ ...first, ...wrong }, second] });
    expect(found).not.toEqual([]);
  });

  test("find an issue that is missing, and one that is too many", async () => {
    const [first, second] = right;
    const fewer = await mismatches(INVALID, { invalid: [first] });
    const more = await mismatches(INVALID, { invalid: [first, second, second] });
    expect({ fewer, more }).toEqual({
      fewer: [{ at: "invalid", found: expect.stringContaining("error AXW1201 at 4:11") }],
      more: [{ at: "invalid", expected: "error AXW1201 at 4:11" }],
    });
  });

  test("may be none: then the file is valid without a warning", async () => {
    const warned = "id: x\nversion: 1.0\nsteps:\n  - { id: a, agentId: b, task: c }\n";
    const valid = await mismatches(warned.replace("1.0", "'1.0'"), { invalid: [] });
    const warning = await mismatches(warned, { invalid: [] });
    expect({ valid, warning: warning.map(({ found }) => found) }).toEqual({
      valid: [],
      warning: [expect.stringContaining("warning AXW1114 at 2:10")],
    });
  });
});

describe("a case that cannot be played", () => {
  test("fails with the errors of its workflow", async () => {
    expect(await mismatches("id: x\nsteps: []\n", { expect: { status: "completed" } })).toEqual([
      {
        at: "workflow",
        expected: "a valid workflow",
        found: expect.stringContaining("2:8 AXW1107"),
      },
    ]);
  });

  test("fails if the step at which the engine is to die is never in flight", async () => {
    const found = await mismatches(FLOW, {
      agents,
      do: [{ run: true, crashWhen: "last" }],
      expect: { status: "failed" },
    });
    expect(found).toEqual([
      {
        at: "do[0]",
        expected: "an action that is accepted",
        found: "no attempt of `last` was in flight",
      },
    ]);
  });

  test("fails if its expectations need a run and nothing starts one", async () => {
    const found = await mismatches(FLOW, {
      agents,
      do: [{ advance: "1h" }],
      expect: { steps: {} },
    });
    expect(found).toEqual([{ at: "expect", expected: "a run", found: "the run was not started" }]);
  });
});
