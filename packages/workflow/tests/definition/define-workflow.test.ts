import { describe, expect, expectTypeOf, test } from "vitest";
import {
  defineWorkflow,
  prepareWorkflow,
  type RunEvent,
  type RunStatus,
  type WorkflowDefinition,
  WorkflowEngine,
  type WorkflowMetrics,
  type WorkflowSource,
  type WrittenWorkflow,
} from "../../src/index.js";

const review = defineWorkflow({
  id: "review",
  "x-owner": "the editors",
  inputs: { topic: "string" },
  steps: [
    { id: "write", agentId: "writer", task: "Write about ${{ inputs.topic }}.", timeout: "5m" },
    { id: "check", agentId: "checker", task: "Check it.", dependencies: ["write"] },
  ],
});

describe("defineWorkflow", () => {
  test("returns the workflow unchanged, with the ids of its steps in its type", async () => {
    expectTypeOf(review.steps[1].dependencies).toEqualTypeOf<readonly ["write"]>();
    expect(prepareWorkflow(review).definition.steps.map(({ id }) => id)).toEqual([
      "write",
      "check",
    ]);
    await using engine = await WorkflowEngine.open({
      database: ":memory:",
      agents: { "*": async ({ task }) => task },
    });
    const run = await engine.start(review, { inputs: { topic: "tea" } });
    expect((await run.ending).results).toEqual({ write: "Write about tea.", check: "Check it." });
  });

  test("lets the compiler refuse unknown keys and dependencies on unknown steps", () => {
    const step = { id: "a", agentId: "b", task: "c" } as const;
    // @ts-expect-error -- there is no step `b`
    defineWorkflow({ id: "w", steps: [{ ...step, dependencies: ["b"] }] });
    // @ts-expect-error -- there is no step `b`
    defineWorkflow({ id: "w", steps: [{ ...step, dependencies: [{ b: "done" }] }] });
    // @ts-expect-error -- there is no mode `always`
    defineWorkflow({ id: "w", steps: [{ ...step, dependencies: [{ a: "always" }] }] });
    // @ts-expect-error -- a step has no key `dependsOn`
    defineWorkflow({ id: "w", steps: [{ ...step, dependsOn: ["a"] }] });
    // @ts-expect-error -- a workflow has no key `nmae`
    defineWorkflow({ nmae: "w", steps: [step] });
    // @ts-expect-error -- a workflow needs steps
    defineWorkflow({ id: "w" });
  });
});

describe("the type of a workflow as data", () => {
  test("covers the constructs of the language, groups included", () => {
    const workflow = defineWorkflow({
      id: "w",
      inputs: { mode: { enum: ["fast", "slow"] }, n: "integer" },
      outputs: { report: "${{ steps.each.output }}" },
      steps: [
        { id: "plan", agentId: "a", task: { file: "plan.md" }, output: { type: "array" } },
        {
          id: "each",
          foreach: "steps.plan.output",
          concurrency: 2,
          dependencies: ["plan"],
          order: "listed",
          steps: [
            { id: "test", run: ["npm", "test"], if: true },
            { id: "fix", agentId: { from: "item", oneOf: ["a", "b"] }, task: "t" },
          ],
        },
        {
          id: "last",
          run: { script: "true", okExitCodes: [0, 1] },
          dependencies: [{ each: "done" }],
        },
      ],
    });
    expectTypeOf(workflow).toExtend<WorkflowSource>();
    expect(workflow.steps.map(({ id }) => id)).toEqual(["plan", "each", "last"]);
  });
});

describe("the type of a workflow with gates, failures and budgets", () => {
  const workflow = defineWorkflow({
    id: "w",
    defaults: { timeout: { attempt: "10m", total: 3_600_000 }, effect: "idempotent" },
    limits: { agents: { a: { rate: "10/min", scope: "s", reserve: { usd: 0.5 } } } },
    budget: { usd: 8, wall: "2h", at: { "80%": "warn" }, unmetered: "allow" },
    steps: [
      {
        id: "plan",
        agentId: "a",
        task: "t",
        retry: { max: 2, on: ["transient", "check"] },
        fallback: { agents: ["b"], on: "refused" },
        check: [{ that: "output != ''", message: "empty" }, { run: ["npm", "test"] }],
      },
      {
        id: "review",
        dependencies: ["plan"],
        gate: {
          ask: "Go?",
          form: { size: ["small", "large"], note: "string?" },
          expires: "24h",
          onExpire: "skip",
          onReject: "continue",
          to: ["ann"],
        },
      },
      { id: "rest", wait: "10m" },
      { id: "deployed", wait: { signal: "deployed", timeout: "1h", onTimeout: "continue" } },
      {
        id: "pay",
        agentId: "a",
        task: "t",
        effect: "external",
        reconcile: { agentId: "b", task: "Paid?" },
        dependencies: ["plan"],
        session: { from: "plan" },
        reserve: { tokens: 100 },
      },
      { id: "halt", if: "steps.review.output.approved", stop: { as: "failed", reason: "no" } },
    ],
    on: { failure: [{ agentId: "b", task: "Tell them." }], always: [{ run: ["rm", "x"] }] },
  });

  test("covers the keys of each construct", () => {
    expectTypeOf(workflow).toExtend<WorkflowSource>();
    expect(workflow.steps.map(({ id }) => id).join(" ")).toBe("plan review rest deployed pay halt");
  });

  test("lets the compiler refuse words and keys that do not exist", () => {
    const step = { id: "a", agentId: "b", task: "c" } as const;
    // @ts-expect-error -- a gate needs a question
    defineWorkflow({ id: "w", steps: [{ id: "a", gate: { to: ["ann"] } }] });
    // @ts-expect-error -- a run does not end as `success`
    defineWorkflow({ id: "w", steps: [{ id: "a", stop: { as: "success" } }] });
    // @ts-expect-error -- there is no class `boom`
    defineWorkflow({ id: "w", steps: [{ ...step, retry: { on: ["boom"] } }] });
    // @ts-expect-error -- there is no step `b`
    defineWorkflow({ id: "w", steps: [{ ...step, session: { from: "b" } }] });
    // @ts-expect-error -- an effect is no side effect
    defineWorkflow({ id: "w", steps: [{ ...step, effect: "side-effect" }] });
    // @ts-expect-error -- handlers are a list
    defineWorkflow({ id: "w", steps: [step], on: { always: { agentId: "b", task: "c" } } });
  });
});

describe("the types of the main entry", () => {
  test("cover what a run is started with and what it returns", () => {
    interface Stored {
      readonly id: string;
      readonly steps: readonly { readonly id: string; readonly agentId: string; task: string }[];
    }
    expectTypeOf<Stored>().toExtend<WorkflowSource>();
    expectTypeOf<WrittenWorkflow>().toExtend<WorkflowSource>();
    expectTypeOf<WorkflowDefinition>().toExtend<WorkflowSource>();
    expectTypeOf<ReturnType<typeof prepareWorkflow>>().toExtend<WorkflowSource>();
    expectTypeOf<number>().not.toExtend<WorkflowSource>();
    expectTypeOf<RunEvent["seq"]>().toEqualTypeOf<number>();
    expectTypeOf<"paused">().toExtend<RunStatus>();
    expectTypeOf<WorkflowMetrics["totalSteps"]>().toEqualTypeOf<number>();
  });

  test("cover a normalised definition, which starts the same workflow", async () => {
    const prepared = prepareWorkflow(review);
    expect(prepareWorkflow(prepared.definition).hash).toBe(prepared.hash);
  });
});
