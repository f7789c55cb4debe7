import { describe, expect, test } from "vitest";
import { Folder, ndjson } from "../harness/axw.js";

const FLOW = `
id: flow
inputs: { parts: { type: array, items: { type: string }, default: [a] } }
steps:
  - { id: plan, agentId: planner, task: Plan }
  - { id: extra, agentId: planner, task: More, dependencies: [plan], if: steps.plan.output == 'more' }
  - id: each
    foreach: inputs.parts
    key: item
    steps: [{ id: make, agentId: maker, task: Make, fallback: [spare] }]
  - { id: ask, gate: { ask: Ship it?, onReject: continue } }
  - id: fix
    loop: { max: 2, until: steps.try.output == 'good' }
    steps: [{ id: try, agentId: maker, task: Fix }]
on:
  failure: [{ id: report, agentId: planner, task: Report }]
`;

const files = (...cases: object[]) => ({
  "flow.yaml": FLOW,
  "flow.test.json": JSON.stringify({ workflow: "flow.yaml", cases }),
});

const SHORT = {
  id: "short",
  agents: { "*": { text: "good" } },
  do: [{ run: true }, { answer: { step: "ask" } }, { resume: true }],
  expect: { status: "completed" },
};

const LONG = {
  id: "long",
  inputs: { parts: [] },
  agents: { planner: { text: "more" }, maker: { text: "bad" } },
  do: [{ run: true }, { answer: { step: "ask", approved: false } }, { resume: true }],
  expect: { status: "failed" },
};

describe("axw test --coverage", () => {
  test("lists the steps, branches, rounds, answers and handlers that no case reaches", async () => {
    const { code, stdout } = await new Folder(files(SHORT)).here(["test", "--coverage"]);
    expect([code, stdout]).toEqual([
      0,
      `passed  short
coverage of flow.yaml: 8 of 15
  extra never begins
  each never has an empty list
  each.make never falls back to another agent
  ask is never rejected
  fix never has a second round
  fix never uses up its rounds
  :failure.report never begins
1 passed, 0 failed
`,
    ]);
  });

  test("joins what the cases of a workflow reach, and prints it as JSON", async () => {
    const { stdout } = await new Folder(files(SHORT, LONG)).here(["test", "--coverage", "--json"]);
    expect(ndjson(stdout).find(({ type }) => type === "test_coverage")).toEqual({
      schemaVersion: expect.any(Number),
      type: "test_coverage",
      workflow: "flow.yaml",
      points: 15,
      reached: 14,
      missed: [{ step: "each.make", kind: "fallback" }],
    });
  });
});
