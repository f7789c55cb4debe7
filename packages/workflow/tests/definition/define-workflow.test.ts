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
    // @ts-expect-error -- a step has no key `dependsOn`
    defineWorkflow({ id: "w", steps: [{ ...step, dependsOn: ["a"] }] });
    // @ts-expect-error -- a workflow has no key `nmae`
    defineWorkflow({ nmae: "w", steps: [step] });
    // @ts-expect-error -- a workflow needs steps
    defineWorkflow({ id: "w" });
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
