import { renderTask, WorkflowEngine } from "@automatosx/workflow";
import { describe, expect, test } from "vitest";
import { agentFromDefinition } from "../src/registry/agent-from-definition.js";
import { simulatedAgent } from "../src/simulated/simulated-agent.js";
import { testRequest } from "../src/testing/index.js";

/** The answer of step `plan` in a workflow whose other task is this text. */
async function answerTo(task: string): Promise<unknown> {
  const { request } = testRequest({ agentId: "writer", stepId: "plan", task: "plan it" });
  return simulatedAgent({ workflow: { steps: [{ task }] } }).execute(request);
}

const OWN = {
  simulated: true,
  agentId: "writer",
  stepId: "plan",
  summary: expect.stringMatching(/^\[simulated\] writer would have done plan: plan it \(/),
};

describe("a simulated agent that knows its workflow", () => {
  test("answers with the fields and items that tasks read", async () => {
    const task =
      "${{ steps.plan.output.title }} ${{ steps.plan.output.files[1].name }} " +
      "${{ steps.plan.output.a }} ${{ steps.plan.output.a.b }} ${{ steps.other.output.c }}";
    expect(await answerTo(task)).toEqual({
      ...OWN,
      title: "[simulated] plan.title",
      files: ["[simulated] plan.files[0]", { name: "[simulated] plan.files[1].name" }],
      a: { b: "[simulated] plan.a.b" },
    });
  });

  test("answers with a list of marked results when a task reads an item of the result", async () => {
    expect(await answerTo("${{ steps.plan.output[1].name }} ${{ steps.plan.output[0] }}")).toEqual([
      OWN,
      { ...OWN, name: "[simulated] plan[1].name" },
    ]);
  });

  test("keeps the mark, and its own fields unless a part of one is read", async () => {
    const task =
      "${{ steps.plan.output.simulated.x }} ${{ steps.plan.output.stepId }} " +
      "${{ steps.plan.output.summary.text }}";
    expect(await answerTo(task)).toEqual({
      ...OWN,
      summary: { text: "[simulated] plan.summary.text" },
    });
  });

  test("is bounded, however many values tasks read", async () => {
    const paths = Array.from({ length: 5_000 }, (_, index) => `.f${index}[9]`);
    const lists = `[999]`.repeat(200);
    const long = `.${"x".repeat(128)}`.repeat(150);
    const texts = [...paths, ...paths, `.list${lists}`, `${long}[5000]`, ".last"].map(
      (path) => `\${{ steps.plan.output${path} }}`,
    );
    const answer = (await answerTo(texts.join(""))) as Record<string, unknown>;
    expect([Object.keys(answer).length, JSON.stringify(answer).length < 1_000_000]).toEqual([
      4 + 909 + 1,
      true,
    ]);
  });

  test("makes no list or depth that a result could not have", async () => {
    const deep = ".x".repeat(50_000);
    const task =
      `\${{ steps.plan.output.long[999999999] }} \${{ steps.plan.output.long[2] }} ` +
      `\${{ steps.plan.output${deep} }}`;
    const long = [0, 1, 2].map((index) => `[simulated] plan.long[${index}]`);
    expect(await answerTo(task)).toEqual({ ...OWN, long });
  });

  test.each([
    "plan.output",
    "plan.output.a.b.c.d[0][1].e",
    "plan.output.__proto__.x",
    "plan.output.constructor",
    "plan.output.hasOwnProperty.call",
    "plan.output.length",
    "plan.output.to-do",
    "plan.output[7]",
    "plan.output[0][0][0].deep",
    `plan.output${".x".repeat(150)}`,
  ])("has a value for %s after the result was stored", async (path) => {
    const task = `\${{ steps.${path} }}`;
    const stored: unknown = JSON.parse(JSON.stringify(await answerTo(task)));
    const rendered = renderTask(task, { results: () => stored, inputs: {}, context: {} });
    expect(rendered).toEqual({ ok: true, text: expect.stringContaining("[simulated]") });
  });

  test("is made from the preset in a workflow file", async () => {
    await using engine = await WorkflowEngine.open({
      database: ":memory:",
      agentFactory: agentFromDefinition,
    });
    const task = "after ${{ steps.plan.output.title }}";
    const results = await engine.execute({
      id: "simulated",
      agents: { writer: { preset: "simulated" } },
      steps: [
        { id: "plan", agentId: "writer", task: "plan it" },
        { id: "write", agentId: "writer", task, dependencies: ["plan"] },
      ],
    });
    expect(results).toEqual({
      plan: { ...OWN, title: "[simulated] plan.title" },
      write: {
        ...OWN,
        stepId: "write",
        summary: expect.stringContaining("write: after [simulated] plan.title ("),
      },
    });
  });
});
