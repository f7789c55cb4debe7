import { describe, expect, test } from "vitest";
import { behaviourKind, Scenario, TestFile, TestIndex } from "../src/test-files/index.js";

const one = (rest: object) => ({ workflow: "flow.yaml", cases: [{ id: "one", ...rest }] });

/** The messages of the issues, with their paths. */
function issuesOf(schema: typeof TestFile | typeof TestIndex | typeof Scenario, value: unknown) {
  const checked = schema.safeParse(value);
  return checked.error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
}

describe("TestFile", () => {
  test("accepts every key of a case", () => {
    const behaviour = {
      script: [
        { fail: 1, reason: "fatal", message: "no", usage: { usd: 1 }, then: { echo: true } },
        { steps: { a: { json: null } }, else: { sleep: "1s", then: { parse: true } } },
        { write: { "a.md": "text" }, then: { request: ["with", "session", "agentId"] } },
        { usage: { tokens: 1 }, then: { rateLimit: "2h" } },
        { rateLimit: true },
        { hang: true },
        { feedback: true },
        { text: "" },
      ],
    };
    const whole = one({
      construct: "steps",
      title: "shows it",
      file: "other.yaml",
      files: { "./a": "b" },
      inputs: { n: 1 },
      context: {},
      secrets: { TOKEN: "x" },
      agents: { "*": behaviour, agent: { echo: true } },
      do: [
        { run: true, crashWhen: "a", attempt: 2 },
        { resume: true, budget: { usd: 1 }, unmetered: "allow", pauseWhen: "a" },
        { answer: { step: "a", values: {} }, refused: "gate_not_open" },
        { signal: { name: "s", data: null, id: "1" } },
        { edit: { step: "a", result: null } },
        { reopen: { steps: ["a"], downstream: true } },
        { amend: "new.yaml" },
        { advance: "2h" },
        { cancel: true },
        { expect: { status: "paused", pausedFor: "waiting", waitsFor: ["a"] } },
      ],
      expect: {
        status: "completed",
        steps: { a: "completed" },
        results: { a: null },
        attempts: { a: 1 },
        onlySteps: ["a"],
        outputs: {},
        launches: {},
        files: { a: { "a.md": "text" } },
        reason: "no",
        mostAtOnce: { agent: 1 },
        error: { code: "stopped", contains: "no" },
        stepErrors: { a: { reason: "expression", contains: "no" } },
        order: [["a started", "b[x y] completed"]],
        budget: { usd: 1, tokens: 1, launches: 1, unmetered: 0 },
        elapsed: "10s",
      },
      "x-note": "ignored",
    });
    expect(issuesOf(TestFile, whole)).toBeUndefined();
  });

  test("accepts a case that expects issues instead of a run", () => {
    const invalid = [{ code: "AXW1101", line: 1, column: 1, at: "x", severity: "warning" }];
    expect(issuesOf(TestFile, one({ invalid }))).toBeUndefined();
  });

  test.each([
    ["no expectation", {}, ["cases.0: this case expects nothing"]],
    [
      "two kinds of expectation",
      { invalid: [], expect: {} },
      ["cases.0.expect: `expect` contradicts `invalid`"],
    ],
    [
      "two behaviours",
      { agents: { a: { echo: true, hang: true } }, expect: {} },
      ["cases.0.agents.a.hang: `echo` and `hang` are two behaviours"],
    ],
    [
      "a companion of another behaviour",
      { agents: { a: { text: "x", else: {} } }, expect: {} },
      ["cases.0.agents.a.else: this behaviour does not say what the agent does"],
    ],
    [
      "two actions",
      { do: [{ run: true, cancel: true }], expect: {} },
      ["cases.0.do.0.cancel: `run` and `cancel` are two actions"],
    ],
    [
      "a moment of another action",
      { do: [{ cancel: true, pauseWhen: "a" }], expect: {} },
      ["cases.0.do.0.pauseWhen: `pauseWhen` does not belong to `cancel`"],
    ],
    [
      "a companion without an action",
      { do: [{ refused: "x", expect: {} }], expect: {} },
      ["cases.0.do.0.refused: `refused` belongs to an action"],
    ],
    [
      "a moment of no form",
      { expect: { order: [["a", "b started"]] } },
      [
        "cases.0.expect.order.0.0: expected a step and `started`, `completed` or `failed`: `build started`",
      ],
    ],
  ])("refuses %s", (_, rest, issues) => {
    expect(issuesOf(TestFile, one(rest))).toEqual(issues);
  });
});

describe("TestIndex", () => {
  test("needs the workflow file of each case", () => {
    expect(issuesOf(TestIndex, { format: 1, cases: [{ id: "one", expect: {} }] })).toEqual([
      "cases.0.file: Invalid input: expected string, received undefined",
    ]);
  });
});

describe("Scenario", () => {
  test("needs the statuses of all steps and all launches", () => {
    const scenario = { format: 1, workflow: "a.yaml", agents: {}, expect: { status: "completed" } };
    expect(issuesOf(Scenario, scenario)).toEqual([
      "expect.steps: Invalid input: expected record, received undefined",
      "expect.launches: Invalid input: expected record, received undefined",
    ]);
  });
});

describe("behaviourKind", () => {
  test("is the key that says what the agent does", () => {
    expect([
      behaviourKind({ fail: 1, usage: {}, then: {} }),
      behaviourKind({ usage: {}, then: {} }),
      behaviourKind({ echo: true, hang: true }),
      behaviourKind({}),
    ]).toEqual(["fail", "usage", undefined, undefined]);
  });
});
