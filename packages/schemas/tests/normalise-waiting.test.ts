import { describe, expect, test } from "vitest";
import { normaliseWorkflow, WorkflowDefinition, WrittenWorkflow } from "../src/index.js";

const agent = { agentId: "w", task: "t" };

function normalised(written: object) {
  const definition = normaliseWorkflow(
    WrittenWorkflow.parse({ id: "w", steps: [{ id: "a", ...agent }], ...written }),
  );
  expect(WorkflowDefinition.parse(definition)).toEqual(definition);
  return definition;
}

/** The only step of a workflow. */
const only = (step: object, workflow: object = {}) =>
  normalised({ steps: [{ id: "a", ...step }], ...workflow }).steps[0];

/** The keys of a step of an agent that 0.1.0 does not have. */
function more(step: object, workflow: object = {}) {
  const { id, name, parallel, continueOnError, dependencies, agentId, task, ...rest } = {
    ...normalised({ steps: [{ id: "a", ...agent, ...step }], ...workflow }).steps[0],
  };
  return rest;
}

const WAITING = {
  id: "a",
  name: "a",
  task: "",
  dependencies: [],
  parallel: true,
  retries: 0,
  continueOnError: false,
};
const NOTE = {
  type: "object",
  properties: { note: { type: "string" } },
  additionalProperties: false,
};

describe("normaliseWorkflow with gates, waits and stops", () => {
  test("a gate asks for a note unless it has a form, and a rejection fails it", () => {
    expect(only({ gate: { ask: "Go?" } })).toEqual({
      ...WAITING,
      agentId: "@gate",
      gate: { ask: "Go?", form: NOTE, onExpire: "reject", onReject: "fail" },
    });
  });

  test("a gate keeps what it says, with its time limit in ms", () => {
    const gate = { ask: "Go?", show: { a: 1 }, onExpire: "skip", onReject: "continue", to: ["b"] };
    expect(only({ gate: { ...gate, expires: "24h", "x-note": 1 } })?.gate).toEqual({
      ...gate,
      form: NOTE,
      expiresMs: 86_400_000,
    });
  });

  test("a short form becomes a schema of an object without other fields", () => {
    const form = {
      size: ["small", 2],
      count: "integer",
      ratio: "number?",
      yes: "boolean",
      names: "array",
      about: "object?",
      all: "any",
      own: { type: "string", minLength: 2 },
    };
    expect(only({ gate: { ask: "?", form } })?.gate?.form).toEqual({
      type: "object",
      required: ["size", "count", "yes", "names", "all", "own"],
      properties: {
        size: { enum: ["small", 2] },
        count: { type: "integer" },
        ratio: { type: "number" },
        yes: { type: "boolean" },
        names: { type: "array" },
        about: { type: "object" },
        all: {},
        own: { type: "string", minLength: 2 },
      },
      additionalProperties: false,
    });
  });

  test.each<[string, object, boolean]>([
    ["a schema of an object", { type: "object", properties: { n: {} } }, true],
    ["properties without a type", { properties: { n: { type: "string" } } }, true],
    ["a schema of a text", { type: "string", minLength: 2 }, true],
    ["a list of types", { type: ["string", "null"] }, true],
    ["alternatives", { anyOf: [{ type: "string" }] }, true],
    ["a field that is named `type`", { type: "string", size: "integer" }, false],
    ["a field that is named `title`", { title: "string", description: "string?" }, false],
    ["a field that is named `enum`", { enum: "string" }, false],
  ])("%s as the form of a signal", (_, form, isSchema) => {
    const found = only({ wait: { signal: "go", form } })?.wait?.form;
    expect(found === form || JSON.stringify(found) === JSON.stringify(form)).toBe(isSchema);
  });

  test.each<[string, unknown, object]>([
    ["text", "10m", { forMs: 600_000 }],
    ["a number", 5000, { forMs: 5000 }],
    ["a map", { for: "1s" }, { forMs: 1000 }],
    ["an expression", { until: "${{ inputs.at }}" }, { until: "inputs.at" }],
    ["an instant in ms", { until: 1_800_000_000_000 }, { until: "1800000000000" }],
    ["a signal", { signal: "go" }, { signal: "go" }],
    [
      "a signal with a time limit",
      { signal: "go", timeout: "1h" },
      { signal: "go", timeoutMs: 3_600_000, onTimeout: "fail" },
    ],
    [
      "a signal that may be late",
      { signal: "go", timeout: "1h", onTimeout: "continue" },
      { signal: "go", timeoutMs: 3_600_000, onTimeout: "continue" },
    ],
  ])("a wait written as %s", (_, wait, expected) => {
    expect(only({ wait })).toEqual({ ...WAITING, agentId: "@wait", wait: expected });
  });

  test("a stop says how the run ends, and why", () => {
    expect(only({ stop: { as: "failed", reason: "no" } })).toEqual({
      ...WAITING,
      agentId: "@stop",
      stop: { as: "failed", reason: "no" },
    });
  });

  test("defaults do not apply to them", () => {
    const defaults = { retries: 3, timeout: { total: "1h" }, effect: "external", reasks: 1 };
    expect(only({ gate: { ask: "Go?" } }, { defaults })).toEqual(only({ gate: { ask: "Go?" } }));
    expect(only({ wait: "1s" }, { defaults })).toEqual(only({ wait: "1s" }));
  });
});

const LIMIT = { timeout: 1_800_000, retries: 0 };

describe("normaliseWorkflow with failures", () => {
  test.each<[string, unknown, object]>([
    ["text", "10s", { timeout: 10_000 }],
    ["a map with a time limit of an attempt", { attempt: "10s" }, { timeout: 10_000 }],
    [
      "a map",
      { idle: "1s", total: "1h" },
      { timeout: 1_800_000, idleTimeout: 1000, totalTimeout: 3_600_000 },
    ],
  ])("timeouts written as %s", (_, timeout, expected) => {
    expect(more({ timeout })).toEqual({ retries: 0, ...expected });
  });

  test("each time limit of a step replaces that of `defaults`", () => {
    const defaults = { timeout: { attempt: "10s", total: "1h" } };
    expect(more({}, { defaults })).toEqual({
      retries: 0,
      timeout: 10_000,
      totalTimeout: 3_600_000,
    });
    expect(more({ timeout: "3s" }, { defaults })).toEqual({
      retries: 0,
      timeout: 3000,
      totalTimeout: 3_600_000,
    });
  });

  test("a time limit of a group is that of the group as a whole", () => {
    const group = { steps: [{ id: "b", ...agent }], timeout: { total: "20s" } };
    expect(only(group)?.totalTimeout).toBe(20_000);
  });

  test.each<[string, unknown, string[]]>([
    ["a word", "transient", ["transient"]],
    ["a list", ["error", "timeout", "error"], ["error", "timeout"]],
    ["`fatal`, which the journal calls invalid", ["fatal"], ["invalid"]],
    ["a rate limit, which takes no retry", ["rate_limit", "error"], ["error"]],
  ])("classes to retry written as %s", (_, on, expected) => {
    expect(more({ retry: { on } })).toEqual({ ...LIMIT, retryOn: expected });
  });

  test("a step keeps the classes of `defaults`, unless it has its own", () => {
    const defaults = { retry: { on: ["error"] } };
    expect(more({}, { defaults })).toEqual({ ...LIMIT, retryOn: ["error"] });
    expect(more({ retry: { on: "check" } }, { defaults })).toEqual({
      ...LIMIT,
      retryOn: ["check"],
    });
  });

  test("a fallback takes over after all classes but `unknown` and `rate_limit`", () => {
    expect(more({ fallback: ["v"] })).toEqual({
      ...LIMIT,
      fallback: {
        agents: ["v"],
        on: ["error", "timeout", "invalid", "invalid_output", "transient", "refused", "check"],
      },
    });
  });

  test("a fallback keeps its own classes, a rate limit too", () => {
    expect(more({ fallback: { agents: ["v"], on: ["rate_limit", "fatal"] } })).toEqual({
      ...LIMIT,
      fallback: { agents: ["v"], on: ["rate_limit", "invalid"] },
    });
  });

  test.each<[string, object, object]>([
    ["external", { effect: "external" }, { effect: "external" }],
    ["pure", { effect: "pure" }, { effect: "pure" }],
    ["idempotent, which is the default", { effect: "idempotent" }, {}],
  ])("an effect that is %s", (_, step, expected) => {
    expect(more(step)).toEqual({ ...LIMIT, ...expected });
  });

  test("a step that is idempotent overrides `defaults`", () => {
    const defaults = { effect: "external" };
    expect(more({}, { defaults })).toEqual({ ...LIMIT, effect: "external" });
    expect(more({ effect: "idempotent" }, { defaults })).toEqual(LIMIT);
  });

  test("a session and a reserve are kept", () => {
    const step = { session: { from: "b" }, reserve: { usd: 0.5, tokens: 10 } };
    expect(more(step)).toEqual({ ...LIMIT, ...step });
  });

  const ATTACHED = { dependencies: [], parallel: true, continueOnError: false, ...LIMIT };

  test("checks are numbered by their position, and a judge says whether the answer passes", () => {
    const check = [
      { that: "${{ size(output) > 0 }}", message: "empty" },
      { run: ["npm", "test"] },
      { agentId: "j", task: "Good?" },
    ];
    expect(more({ check })).toEqual({
      ...LIMIT,
      check: [
        { that: "size(output) > 0", message: "empty" },
        {
          step: {
            id: "check-2",
            name: "check-2",
            agentId: "@run",
            task: "",
            ...ATTACHED,
            run: { command: ["npm", "test"] },
          },
        },
        {
          step: {
            id: "check-3",
            name: "check-3",
            agentId: "j",
            task: "Good?",
            ...ATTACHED,
            output: {
              type: "object",
              required: ["pass"],
              properties: { pass: { type: "boolean" }, reason: { type: "string" } },
            },
          },
        },
      ],
    });
  });

  test("one check needs no list", () => {
    expect(more({ check: { that: "true" } })).toEqual({ ...LIMIT, check: [{ that: "true" }] });
  });

  test("checks take the agent of `defaults`, and neither its timeouts nor its retries", () => {
    const defaults = { agentId: "d", timeout: "1s", retries: 5, effect: "external" };
    const { check } = more({ check: { task: "Good?", output: {} } }, { defaults });
    expect(check).toEqual([
      {
        step: {
          id: "check-1",
          name: "check-1",
          agentId: "d",
          task: "Good?",
          ...ATTACHED,
          output: {},
        },
      },
    ]);
  });

  test("a step that reconciles is not asked again for an answer of another form", () => {
    const { reconcile } = more({ effect: "external", reconcile: { agentId: "l", task: "Paid?" } });
    expect(reconcile).toEqual({
      id: "reconcile",
      name: "reconcile",
      agentId: "l",
      task: "Paid?",
      ...ATTACHED,
      output: {
        type: "object",
        required: ["done"],
        properties: { done: { type: "boolean" }, result: {} },
      },
      reasks: 0,
    });
  });
});

describe("normaliseWorkflow with handlers and budgets", () => {
  test("handlers without an id are numbered", () => {
    const { on, language } = normalised({
      defaults: { retries: 2 },
      on: { failure: [agent, { id: "b", ...agent }], always: [{ run: ["rm", "x"] }] },
    });
    expect(language).toBe(2);
    expect(on?.failure?.map(({ id, retries }) => [id, retries])).toEqual([
      ["step-1", 2],
      ["b", 2],
    ]);
    expect(on?.always?.map(({ id, run }) => [id, run])).toEqual([
      ["step-1", { command: ["rm", "x"] }],
    ]);
  });

  test("a budget has its time in ms and its thresholds in ascending order", () => {
    const budget = {
      usd: 8,
      tokens: 2_000_000,
      launches: 60,
      wall: "2h",
      at: { "100%": "fail", "80%": "warn", "99.5%": "warn" },
      unmetered: "allow",
    };
    expect(normalised({ budget }).budget).toEqual({
      usd: 8,
      tokens: 2_000_000,
      launches: 60,
      wallMs: 7_200_000,
      at: [
        { percent: 80, action: "warn" },
        { percent: 99.5, action: "warn" },
        { percent: 100, action: "fail" },
      ],
      unmetered: "allow",
    });
  });

  test("a cost that is not known pauses a run whose money or tokens are limited", () => {
    expect(normalised({ budget: { usd: 5 } }).budget).toEqual({ usd: 5, unmetered: "pause" });
    expect(normalised({ budget: { launches: 5 } }).budget).toEqual({ launches: 5 });
  });

  test.each<[string, object]>([
    ["10/min", { count: 10, windowMs: 60_000 }],
    ["5 / 30s", { count: 5, windowMs: 30_000 }],
    ["100/h", { count: 100, windowMs: 3_600_000 }],
    ["1000/day", { count: 1000, windowMs: 86_400_000 }],
  ])("the rate %s", (rate, expected) => {
    const agents = { w: { rate, scope: "s", reserve: { usd: 1 } } };
    const { limits, language } = normalised({ limits: { agents } });
    expect(limits.agents).toEqual({ w: { scope: "s", reserve: { usd: 1 }, rate: expected } });
    expect(language).toBe(2);
  });

  test("a limit that 0.1.0 has needs no newer language", () => {
    const { limits, language } = normalised({ limits: { agents: { w: { concurrency: 2 } } } });
    expect(limits.agents).toEqual({ w: { concurrency: 2 } });
    expect(language).toBeUndefined();
  });
});
