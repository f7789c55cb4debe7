import { describe, expect, test } from "vitest";
import { normaliseWorkflow, WorkflowDefinition, WrittenWorkflow } from "../src/index.js";

const step = { id: "a", agentId: "w", task: "t" };
const normalised = (written: object) =>
  normaliseWorkflow(WrittenWorkflow.parse({ id: "w", steps: [step], ...written }));

describe("normaliseWorkflow", () => {
  test("returns a valid WorkflowDefinition", () => {
    const definition = normalised({
      description: "d",
      inputs: { a: "string", b: { type: "array", default: [], description: "d" } },
      limits: { concurrency: 2, agents: { w: { concurrency: 1 } } },
      agents: {
        w: { command: ["c"], okExitCodes: [0, 2] },
        v: { preset: "codex", args: ["-x"], cwd: "/", grace: "1s" },
      },
      steps: [{ ...step, retry: { max: 2, factor: 3 }, checkpoint: true }],
    });
    expect(WorkflowDefinition.parse(definition)).toEqual(definition);
  });

  test("converts an estimate to ms, and leaves it absent when none was written", () => {
    const { steps } = normalised({
      steps: [
        { ...step, estimate: "1m30s" },
        { ...step, id: "b", estimate: 250 },
        { ...step, id: "c" },
      ],
    });
    expect(steps.map(({ estimate = "none" }) => estimate)).toEqual([90_000, 250, "none"]);
    expect(Object.keys(steps[2] ?? {})).not.toContain("estimate");
  });

  test.each([0, -1, "0s", "soon", true, "366d"])("refuses an estimate of %o", (estimate) => {
    const { error } = WrittenWorkflow.safeParse({ id: "w", steps: [{ ...step, estimate }] });
    expect(error?.issues.map(({ path }) => path)).toEqual([["steps", 0, "estimate"]]);
  });

  test.each([
    ["nothing", {}, {}, { retries: 0 }],
    ["retries of the step", { retries: 2 }, { retries: 5 }, { retries: 2 }],
    [
      "retry.max of the step over retries of the defaults",
      { retry: { max: 1 } },
      { retries: 5 },
      { retries: 1 },
    ],
    ["retries of the defaults", {}, { retries: 5 }, { retries: 5 }],
    ["retry.max of the defaults", {}, { retry: { max: 4 } }, { retries: 4 }],
    ["zero retries over the defaults", { retries: 0 }, { retry: { max: 4 } }, { retries: 0 }],
    [
      "a wait",
      { retry: { backoff: "2s" } },
      {},
      {
        retries: 0,
        retry: { initialDelayMs: 2000, factor: 2, maxDelayMs: 60_000, jitter: "full" },
      },
    ],
    [
      "a wait beyond the usual maximum",
      { retry: { backoff: "5m" } },
      {},
      {
        retries: 0,
        retry: { initialDelayMs: 300_000, factor: 2, maxDelayMs: 300_000, jitter: "full" },
      },
    ],
    [
      "a maximum under the usual wait",
      { retry: { maxBackoff: 10 } },
      {},
      { retries: 0, retry: { initialDelayMs: 10, factor: 2, maxDelayMs: 10, jitter: "full" } },
    ],
    [
      "keys of both",
      { retry: { jitter: "none" } },
      { retry: { factor: 3, jitter: "full" } },
      {
        retries: 0,
        retry: { initialDelayMs: 1000, factor: 3, maxDelayMs: 60_000, jitter: "none" },
      },
    ],
  ])("merges %s", (_, own, defaults, expected) => {
    const [{ retries, retry } = { retries: -1 }] = normalised({
      defaults,
      steps: [{ ...step, ...own }],
    }).steps;
    expect({ retries, ...(retry && { retry }) }).toEqual(expected);
  });

  test("derives the id from the name and the name from the id", () => {
    const both = [
      normalised({ id: "x" }),
      normaliseWorkflow(WrittenWorkflow.parse({ name: "Two Words", steps: [step] })),
    ];
    expect(both.map(({ id, name, version }) => [id, name, version])).toEqual([
      ["x", "x", "1.0.0"],
      ["two-words", "Two Words", "1.0.0"],
    ]);
  });

  test("omits the checkpoint for false", () => {
    expect(normalised({ steps: [{ ...step, checkpoint: false }] }).steps[0]).not.toHaveProperty(
      "checkpoint",
    );
  });
});

describe("WrittenWorkflow", () => {
  test("drops x- keys from closed objects, and keeps them in maps with free keys", () => {
    const written = {
      id: "w",
      "x-a": 1,
      context: { "x-kept": 1 },
      limits: { "x-a": 1 },
      defaults: { "x-a": 1, retry: { "x-a": 1, max: 1 } },
      steps: [{ ...step, "x-a": 1 }],
    };
    expect(WrittenWorkflow.parse(written)).toEqual({
      id: "w",
      version: "1.0.0",
      context: { "x-kept": 1 },
      limits: {},
      defaults: { retry: { max: 1 } },
      steps: [step],
    });
  });

  test("reports the problems in all steps together, including rules that involve several keys", () => {
    const written = {
      name: "n",
      steps: [
        { id: 1, agentId: "w", task: "t" },
        { id: "b", task: "" },
        { ...step, retries: 1, retry: { max: 1 } },
      ],
    };
    expect(
      WrittenWorkflow.safeParse(written).error?.issues.map(({ code, path }) => [
        code,
        path.join("."),
      ]),
    ).toEqual([
      ["invalid_type", "steps.0.id"],
      ["too_small", "steps.1.task"],
      ["custom", "steps.2.retries"],
      ["custom", "steps.1"],
    ]);
  });
});
