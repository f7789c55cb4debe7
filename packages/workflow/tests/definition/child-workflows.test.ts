import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { prepareWorkflow, prepareWorkflowFile, WorkflowParser } from "../../src/index.js";
import { issuesOf, only, PART, write } from "./included-files.js";

const RUN = "workflow: ./part.yaml, with: { name: x }";

describe("the definition of a step that runs a workflow as a run of its own", () => {
  test("has the hash of the file, its id and its inputs, and no step of it", () => {
    const folder = write({
      "w.yaml": only(
        `${RUN}, retries: 2, timeout: { total: 1h }, reserve: { usd: 2 }, continueOnError: true`,
        "defaults: { timeout: 5m, effect: external, reasks: 1, retry: { backoff: 1s } }\n",
      ),
      "part.yaml": PART,
    });
    const { definition, children } = prepareWorkflowFile(join(folder, "w.yaml"));
    const { hash } = prepareWorkflow(PART);
    expect(definition.steps).toEqual([
      {
        ...{ id: "a", name: "a", agentId: "@workflow", task: "", dependencies: [] },
        ...{ parallel: true, retries: 2, continueOnError: true },
        retry: expect.objectContaining({ initialDelayMs: 1000 }) as unknown,
        workflow: { hash, workflowId: "part", with: { name: "x" } },
        totalTimeout: 3_600_000,
        reserve: { usd: 2 },
      },
    ]);
    expect([...children.keys()]).toEqual([hash]);
    expect(children.get(hash)?.definition).toEqual(prepareWorkflow(PART).definition);
  });

  test("has the workflows that it runs at any depth, each once, through includes too", () => {
    const folder = write({
      "w.yaml": `id: w\nsteps:\n  - { id: a, ${RUN} }\n  - { id: b, include: sub/mid.yaml }\n`,
      "sub/mid.yaml":
        "id: mid\nsteps:\n  - { id: c, workflow: low.yaml }\n" +
        "  - { id: d, workflow: ../part.yaml, with: { name: y } }\n",
      "sub/low.yaml": "id: low\nsteps: [{ id: e, workflow: end.yaml }]\n",
      "sub/end.yaml": only("agentId: b, task: t"),
      "part.yaml": PART,
    });
    const { children } = prepareWorkflowFile(join(folder, "w.yaml"));
    const named = [...children.values()].map((child) => [
      child.definition.id,
      [...child.children.values()].map(({ definition }) => definition.id),
    ]);
    expect(named).toEqual([
      ["part", []],
      ["w", []],
      ["low", ["w"]],
    ]);
  });

  test("may have a budget and handlers in its file, and other definitions of the agents", async () => {
    const part =
      "id: part\nbudget: { launches: 2 }\non: { always: [{ agentId: b, task: t }] }\n" +
      "agents: { b: { command: [tac] } }\nsteps: [{ id: s, agentId: b, task: t }]\n";
    const text = only("workflow: part.yaml", "agents: { b: { command: [cat] } }\n");
    const codes = (await issuesOf({ "w.yaml": text, "part.yaml": part })).map(([code]) => code);
    expect(codes).toEqual([]);
  });

  test("checks what it is given, and gives the outputs of its file by type", async () => {
    expect(
      await issuesOf({
        "w.yaml":
          "id: w\nsteps:\n  - { id: a, workflow: part.yaml, with: { nam: x } }\n" +
          "  - { id: b, dependencies: [a], agentId: x, task: t, if: steps.a.output.size == 'x' }\n",
        "part.yaml": PART,
      }),
    ).toMatchObject([
      ["AXW1611", "with", "the workflow `part` needs the input `name`"],
      ["AXW1611", "nam", "`nam` is not an input of the workflow `part`"],
      ["AXW1401", "steps.a.output.size == 'x'", expect.any(String)],
    ]);
  });

  test.each([
    ["agentId: b, task: t", "AXW1601"],
    ["include: part.yaml", "AXW1601"],
    ["agentId: b", "AXW1603"],
    ["output: { type: string }", "AXW1603"],
    ["outputs: { a: 1 }", "AXW1603"],
    ["timeout: 5m", "AXW1603"],
    ["effect: external", "AXW1603"],
    ["check: { that: output }", "AXW1603"],
    ["fallback: [b]", "AXW1603"],
    ["session: { from: a }", "AXW1603"],
    ["files: [a.md]", "AXW1603"],
    ["reconcile: { agentId: b, task: t }", "AXW1603"],
    ["order: listed", "AXW1603"],
  ])("refuses %s", (keys, code) => {
    const folder = write({ "part.yaml": PART });
    const { issues } = new WorkflowParser({ base: folder }).check(only(`${RUN}, ${keys}`));
    expect(issues.map((issue) => issue.code)).toEqual([code]);
  });
});
