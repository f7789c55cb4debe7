import { describe, expect, test } from "vitest";
import { WorkflowEngine } from "../../src/index.js";
import { workflow } from "../support/workflows.js";

const nested = (levels: number, inner: unknown = 1): unknown => {
  let value = inner;
  for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? [value] : { a: value };
  return value;
};

const AT_LIMIT = nested(500);
const LARGE = nested(500, "x".repeat(300_000));

describe("a value of 500 levels", () => {
  test("is accepted as a result, an artifact, an input and in the context", async () => {
    const given: unknown[] = [];
    await using engine = await WorkflowEngine.open({
      database: ":memory:",
      checkpoint: { every: 1 },
      agents: {
        "*": ({ stepId, previousResults, inputs, context, task }) => {
          given.push([previousResults, inputs["i"], context["c"], task.length]);
          return stepId === "b" ? LARGE : AT_LIMIT;
        },
      },
    });
    const source = workflow(
      { a: {}, b: { dependencies: ["a"] }, c: { dependencies: ["b"], task: "${{ inputs.i }}" } },
      { inputs: { i: { type: "array", required: true } } },
    );
    const run = await engine.start(source, {
      inputs: { i: nested(499, [1]) },
      context: { c: AT_LIMIT },
    });
    const { status, results } = await run.ending;
    expect({ status, results, given: given[2] }).toEqual({
      status: "completed",
      results: { a: AT_LIMIT, b: LARGE, c: AT_LIMIT },
      given: [{ b: LARGE }, nested(499, [1]), AT_LIMIT, JSON.stringify(nested(499, [1])).length],
    });
    expect((await engine.get(run.id))?.status).toBe("completed");
  });

  test("survives a checkpoint, a restore and a resume by another engine", async () => {
    let fails = true;
    const agents = {
      "*": ({ stepId }: { stepId: string }) => {
        if (stepId === "b" && fails) throw new Error("not yet");
        return stepId === "c" ? LARGE : AT_LIMIT;
      },
    };
    const first = await WorkflowEngine.open({ database: ":memory:", agents });
    const { storage } = first;
    const run = await first.start(workflow({ a: { checkpoint: true }, b: ["a"], c: ["b"] }), {
      context: { c: AT_LIMIT },
    });
    expect((await run.ending).status).toBe("failed");
    const [checkpoint] = storage.listCheckpoints(run.id);
    fails = false;
    const second = await WorkflowEngine.open({ storage, agents, checkpoint: { every: 1 } });
    const restored = await second.resume(checkpoint?.checkpointId ?? "");
    const { status, results } = await restored.ending;
    expect({ status, results }).toEqual({
      status: "completed",
      results: { a: AT_LIMIT, b: AT_LIMIT, c: LARGE },
    });
    await second.close();
    await first.close();
  });
});

describe("a value of 501 levels", () => {
  const DEEP = nested(501);

  test("fails its step at the first attempt, with the limit, and the run can be resumed", async () => {
    let answer: unknown = DEEP;
    await using engine = await WorkflowEngine.open({
      database: ":memory:",
      agents: { "*": () => answer },
    });
    const run = await engine.start(workflow({ a: { retries: 3, checkpoint: true }, b: ["a"] }));
    expect(await run.ending).toMatchObject({
      status: "failed",
      error: expect.stringContaining("is nested more than 500 levels deep") as string,
      metrics: { attempts: 1 },
    });
    answer = 1;
    const resumed = await engine.resume(run.id);
    expect((await resumed.ending).results).toEqual({ a: 1, b: 1 });
  });

  test.each([
    ["an input", { inputs: { i: DEEP } }, "The inputs cannot be stored: `inputs.i[0].a[0]"],
    ["the context", { context: { c: DEEP } }, "The context cannot be stored: `context.c[0].a[0]"],
    ["a large artifact", { context: { c: nested(501, "x".repeat(300_000)) } }, "The context"],
  ])("is refused in %s, and nothing is started", async (_, options, message) => {
    await using engine = await WorkflowEngine.open({
      database: ":memory:",
      agents: { "*": () => 1 },
    });
    const source = workflow({ a: [] }, { inputs: { i: { type: "object", required: false } } });
    await expect(engine.start(source, options)).rejects.toMatchObject({
      code: "invalid_input",
      message: expect.stringContaining(message) as string,
    });
    expect(engine.storage.listRuns()).toEqual([]);
  });
});

describe("inputs and a context that JSON would not contain in full", () => {
  test.each([
    [{ inputs: { i: { at: new Map() } } }, "`inputs.i.at` is an object of the class Map."],
    [{ inputs: { n: Number.NaN } }, "`inputs.n` is NaN."],
    [{ context: { at: [new Date(Number.NaN)] } }, "`context.at[0]` is an invalid Date."],
  ])("are refused: %j", async (options, message) => {
    await using engine = await WorkflowEngine.open({
      database: ":memory:",
      agents: { "*": () => 1 },
    });
    const source = workflow(
      { a: [] },
      {
        inputs: { i: { type: "object", required: false }, n: { type: "number", required: false } },
      },
    );
    await expect(engine.start(source, options)).rejects.toMatchObject({
      code: "invalid_input",
      message: expect.stringContaining(message) as string,
    });
  });
});
