import { normaliseWorkflow, type WorkflowDefinition, WrittenWorkflow } from "@automatosx/schemas";
import { describe, expect, test } from "vitest";
import { definitionChanges, describeChanges } from "../src/index.js";

type Step = Readonly<Record<string, unknown>> & { readonly id: string };

const read = (steps: readonly Step[], more: object = {}): WorkflowDefinition =>
  normaliseWorkflow(
    WrittenWorkflow.parse({
      id: "w",
      ...more,
      steps: steps.map((step) => ({ agentId: "sh", task: `do ${step.id}`, ...step })),
    }),
  );

const sh = { command: ["sh"] };
const steps = [{ id: "a" }, { id: "b", dependencies: ["a"] }];
const before = read(steps, { agents: { sh } });

describe("definitionChanges", () => {
  test("finds none where only the layout, the order of keys or written defaults differ", () => {
    const after = read(
      [
        { id: "a", retries: 0, continueOnError: false },
        { dependencies: ["a"], timeout: "30m", id: "b" },
      ],
      { version: "1.0.0", name: "w", agents: { sh: { command: ["sh"], input: "task" } } },
    );
    expect(definitionChanges(before, after)).toBeUndefined();
    expect(definitionChanges(before, structuredClone(before))).toBeUndefined();
  });

  test("names the steps that were added, removed and changed, with the keys that differ", () => {
    const after = read(
      [
        { id: "a", task: "do more", retries: 2 },
        { id: "c", dependencies: ["a"] },
      ],
      { agents: { sh } },
    );
    expect(definitionChanges(before, after)).toEqual({
      added: ["c"],
      removed: ["b"],
      changed: [{ stepId: "a", keys: ["task", "retries"] }],
      workflow: [],
    });
  });

  test("attributes a change of an agent to each step that it performs", () => {
    const two = [{ id: "a" }, { id: "b", agentId: "other" }];
    const other = { command: ["x"] };
    const changes = definitionChanges(
      read(two, { agents: { sh, other } }),
      read([{ id: "a", task: "do more" }, ...two.slice(1)], {
        agents: { sh: { command: ["bash"], env: { A: "1" } }, other },
      }),
    );
    expect(changes?.changed).toEqual([{ stepId: "a", keys: ["command", "env", "task"] }]);
  });

  test("does not look at the agent of a step that is now performed by another one", () => {
    const after = read([{ id: "a", agentId: "new" }, ...steps.slice(1)], {
      agents: { sh, new: { command: ["new"] } },
    });
    expect(definitionChanges(before, after)?.changed).toEqual([{ stepId: "a", keys: ["agentId"] }]);
  });

  test("reports an agent that only one of the definitions has", () => {
    expect(definitionChanges(before, read(steps))?.changed).toEqual([
      { stepId: "a", keys: ["agents"] },
      { stepId: "b", keys: ["agents"] },
    ]);
    const unused = read(steps, { agents: { sh, unused: sh } });
    expect(definitionChanges(before, unused)).toMatchObject({ changed: [], workflow: ["agents"] });
  });

  test("names the keys of the workflow itself", () => {
    const after = read(steps, {
      agents: { sh },
      version: "2",
      description: "new",
      inputs: { n: "number" },
      context: { a: { b: [1] } },
      limits: { concurrency: 2 },
    });
    expect(definitionChanges(before, after)).toEqual({
      added: [],
      removed: [],
      changed: [],
      workflow: ["version", "description", "inputs", "context", "limits"],
    });
  });

  test("notices another order of the same steps, but not one that follows from other steps", () => {
    const both = read([{ id: "a" }, { id: "b" }]);
    expect(definitionChanges(both, read([{ id: "b" }, { id: "a" }]))?.workflow).toEqual(["order"]);
    expect(
      definitionChanges(both, read([{ id: "x" }, { id: "a" }, { id: "y" }, { id: "b" }]))?.workflow,
    ).toEqual([]);
  });

  test("compares the names that every object inherits like any other", () => {
    const named = (value: unknown): WorkflowDefinition => ({
      ...before,
      context: JSON.parse(`{"__proto__": ${JSON.stringify(value)}, "toString": 1}`),
    });
    expect(definitionChanges(named(1), named(1))).toBeUndefined();
    expect(definitionChanges(named(1), named(2))?.workflow).toEqual(["context"]);
  });
});

describe("describeChanges", () => {
  test("says everything in a few words", () => {
    expect(
      describeChanges({
        added: ["verify"],
        removed: ["lint", "test"],
        changed: [{ stepId: "deploy", keys: ["command", "task"] }],
        workflow: ["inputs"],
      }),
    ).toBe("deploy: command, task; added: verify; removed: lint, test; workflow: inputs");
  });

  test("counts what it does not list", () => {
    const ids = ["a", "b", "c", "d", "e", "f"];
    expect(
      describeChanges({
        added: ids,
        removed: [],
        changed: ids.map((stepId) => ({ stepId, keys: ["task"] })),
        workflow: [],
      }),
    ).toBe("a: task; b: task; c: task; d: task; 2 more steps; added: a, b, c, d, 2 more");
  });
});
