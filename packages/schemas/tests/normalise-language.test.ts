import { describe, expect, test } from "vitest";
import {
  normaliseWorkflow,
  unwrapExpression,
  WorkflowDefinition,
  WrittenWorkflow,
} from "../src/index.js";

const agent = { agentId: "w", task: "t" };
const step = { id: "a", ...agent };

function normalised(written: object, readTask?: (file: string) => string) {
  const definition = normaliseWorkflow(
    WrittenWorkflow.parse({ id: "w", steps: [step], ...written }),
    readTask && { readTask },
  );
  expect(WorkflowDefinition.parse(definition)).toEqual(definition);
  return definition;
}

/** What a step has in normal form beside the fields of version 0.1.0 that it does not set. */
function newFields(written: object, workflow: object = {}) {
  const { steps, language } = normalised({
    steps: [
      { ...step, id: "z" },
      { ...step, id: "y" },
      { id: "a", ...written },
    ],
    ...workflow,
  });
  const { id, name, parallel, continueOnError, retries, timeout, ...rest } = {
    id: undefined,
    name: undefined,
    parallel: undefined,
    continueOnError: undefined,
    retries: undefined,
    timeout: undefined,
    ...steps[2],
  };
  return { ...rest, language };
}

describe("normaliseWorkflow with the workflow language", () => {
  test.each([
    ["a text", "steps.z.output == 1", "steps.z.output == 1"],
    ["a text in a template", "${{ steps.z.output == 1 }}", "steps.z.output == 1"],
    ["true", true, "true"],
    ["false", false, "false"],
  ])("takes a condition written as %s", (_, written, expected) => {
    expect(newFields({ ...agent, if: written })).toEqual({
      ...agent,
      dependencies: [],
      if: expected,
      language: 2,
    });
  });

  test.each([
    ["no mode", ["z", "y"], undefined, {}],
    [
      "a mode each",
      [{ z: "done" }, { y: "ok-or-skipped" }],
      undefined,
      { z: "done", y: "ok-or-skipped" },
    ],
    ["two in one map", [{ z: "done", y: "ok" }], undefined, { z: "done" }],
    ["a mode of the step", ["z", { y: "ok" }], "done", { z: "done" }],
    ["ok for the step", ["z", { y: "done" }], "ok", { y: "done" }],
    ["any", ["z", { y: "ok-or-skipped" }], "any", { z: "done", y: "ok-or-skipped" }],
    ["any beside ok", [{ z: "ok" }, "y"], "any", { y: "done" }],
  ])("gives each dependency its mode: %s", (_, dependencies, join, joins) => {
    const { agentId, task, ...edges } = newFields({ ...agent, dependencies, join });
    expect(edges).toEqual({
      dependencies: ["z", "y"],
      ...(Object.keys(joins).length > 0 && { joins, language: 2 }),
      ...(join === "any" && { join }),
    });
  });

  test("leaves no trace of modes that are ok, or of a join without dependencies", () => {
    const forms = [
      { ...agent, dependencies: [{ z: "ok" }, "y"], join: "ok" },
      { ...agent, dependencies: ["z", "y"] },
    ];
    const [first, second] = forms.map((form) => newFields(form));
    expect(first).toEqual(second);
    expect(newFields({ ...agent, join: "done" })).toEqual(newFields(agent));
  });

  test("turns a listed order into an edge from each step to the one before", () => {
    const list = { order: "listed", steps: [step, { ...step, id: "b" }, { ...step, id: "c" }] };
    const edges = (steps: WorkflowDefinition["steps"] = []) =>
      steps.map(({ dependencies, joins }) => ({ dependencies, joins }));
    const expected = [
      { dependencies: [], joins: undefined },
      { dependencies: ["a"], joins: { a: "listed" } },
      { dependencies: ["b"], joins: { b: "listed" } },
    ];
    const inner = normalised({ steps: [{ id: "g", ...list }] });
    expect(edges(normalised(list).steps)).toEqual(expected);
    expect(edges(inner.steps[0]?.steps)).toEqual(expected);
    expect(Object.keys(inner.steps[0] ?? {})).not.toContain("order");
  });

  test.each([
    ["an expression", { foreach: "${{ steps.z.output }}" }, { in: "steps.z.output", as: "item" }],
    [
      "a list",
      { foreach: ["p", 1, { a: "${{ inputs.x }}" }] },
      { in: ["p", 1, { a: "${{ inputs.x }}" }], as: "item" },
    ],
    ["an empty list", { foreach: [] }, { in: [], as: "item" }],
    [
      "siblings",
      { foreach: "x", key: "${{ it.id }}", as: "it", concurrency: 2 },
      { in: "x", key: "it.id", as: "it", concurrency: 2 },
    ],
    [
      "a map",
      { foreach: { in: "x", key: "item.id", as: "it", concurrency: 3 } },
      { in: "x", key: "item.id", as: "it", concurrency: 3 },
    ],
  ])("brings a fan-out into one form: %s", (_, written, foreach) => {
    expect(newFields({ ...agent, ...written })).toEqual({
      ...agent,
      dependencies: [],
      foreach,
      language: 2,
    });
  });

  test.each([
    [{ max: 3 }, { max: 3, onMax: "fail" }],
    [
      { max: 2, until: "${{ x }}", every: "30s", onMax: "continue" },
      { max: 2, until: "x", everyMs: 30_000, onMax: "continue" },
    ],
    [
      { max: 1, until: false },
      { max: 1, until: "false", onMax: "fail" },
    ],
  ])("fills in the defaults of a loop: %o", (written, loop) => {
    expect(newFields({ ...agent, loop: written })).toMatchObject({ loop, language: 2 });
  });

  test("gives a group no task, no timeout and no retries, even from the defaults", () => {
    const defaults = { agentId: "w", timeout: "5s", retries: 3, reasks: 1 };
    const { steps } = normalised({
      defaults,
      steps: [{ id: "g", steps: [{ id: "b", task: "t" }], outputs: { x: "${{ 1 }}" }, if: true }],
    });
    expect(steps).toEqual([
      {
        id: "g",
        name: "g",
        agentId: "@group",
        task: "",
        dependencies: [],
        parallel: true,
        retries: 0,
        continueOnError: false,
        if: "true",
        steps: [
          {
            id: "b",
            name: "b",
            agentId: "w",
            task: "t",
            dependencies: [],
            parallel: true,
            timeout: 5000,
            retries: 3,
            continueOnError: false,
            reasks: 1,
          },
        ],
        outputs: { x: "${{ 1 }}" },
      },
    ]);
  });

  test.each([
    ["a list", ["npm", "test"], { command: ["npm", "test"] }],
    ["a command", { command: ["npm", "test"] }, { command: ["npm", "test"] }],
    [
      "the defaults written out",
      { script: "x", shell: ["sh", "-eu"], okExitCodes: [0], env: {} },
      { script: "x" },
    ],
    [
      "every key",
      { script: "x", shell: ["bash"], env: { A: "b" }, dir: "d", input: "i", okExitCodes: [0, 1] },
      { script: "x", shell: ["bash"], env: { A: "b" }, dir: "d", input: "i", okExitCodes: [0, 1] },
    ],
  ])("brings a program into one form: %s", (_, run, expected) => {
    expect(newFields({ run }, { defaults: { agentId: "w", reasks: 2 } })).toEqual({
      agentId: "@run",
      task: "",
      dependencies: [],
      run: expected,
      language: 2,
    });
  });

  test("keeps a choice of agents, options, files, the schema of the answer and its re-asks", () => {
    const rest = {
      with: { model: "opus", n: "${{ 1 }}" },
      files: ["a.md"],
      output: { type: "object" },
      reasks: 0,
    };
    const agentId = { from: "${{ 'w' }}", oneOf: ["w", "v"] };
    expect(newFields({ agentId, task: "t", ...rest })).toEqual({
      agentId: "@choice",
      task: "t",
      dependencies: [],
      choice: { from: "'w'", oneOf: ["w", "v"] },
      ...rest,
      language: 2,
    });
  });

  test("puts the text of a file in the place of its path, without a trace", () => {
    const readTask = (file: string) => `text of ${file}`;
    const fromFile = normalised({ steps: [{ ...step, task: { file: "p.md" } }] }, readTask);
    expect(fromFile).toEqual(normalised({ steps: [{ ...step, task: "text of p.md" }] }));
  });

  test("keeps outputs of the workflow and the limit of a fan-out, and marks the language", () => {
    const { outputs, limits, language } = normalised({
      outputs: { report: "${{ steps.a.output }}", n: 1 },
      limits: { fanOut: 5000 },
    });
    expect({ outputs, limits, language }).toEqual({
      outputs: { report: "${{ steps.a.output }}", n: 1 },
      limits: { fanOut: 5000, agents: {} },
      language: 2,
    });
  });

  test.each([
    ["string", { type: "string", required: true }],
    ["integer", { type: "number", required: true, schema: { type: "integer" } }],
    [
      { type: "number", required: false },
      { type: "number", required: false },
    ],
    [
      { enum: ["a", "b"], default: "a" },
      { type: "string", default: "a", required: false, schema: { enum: ["a", "b"] } },
    ],
    [{ const: 1 }, { type: "number", required: true, schema: { const: 1 } }],
    [
      { type: ["string", "null"], description: "d" },
      { type: "any", description: "d", required: true, schema: { type: ["string", "null"] } },
    ],
    [
      { anyOf: [{ type: "string" }, { enum: ["x"] }] },
      { type: "string", required: true, schema: { anyOf: [{ type: "string" }, { enum: ["x"] }] } },
    ],
    [
      { type: "object", required: ["a"], properties: { a: { type: "integer" } } },
      {
        type: "object",
        required: true,
        schema: { type: "object", required: ["a"], properties: { a: { type: "integer" } } },
      },
    ],
  ])("keeps the schema of an input where it says more than a type: %o", (written, expected) => {
    const { inputs } = normalised({ inputs: { x: written } });
    expect(inputs["x"]).toEqual(expected);
  });
});

describe("unwrapExpression", () => {
  test.each([
    ["  a && b \n", "a && b"],
    ["${{ a }}", "a"],
    ["${{ {a: {b: 1}}.a.b }}", "{a: {b: 1}}.a.b"],
    ["${{ '}}' == x }}", "'}}' == x"],
    ["${{ a }} && ${{ b }}", "${{ a }} && ${{ b }}"],
    ["${{ a", "${{ a"],
    ["x ${{ a }}", "x ${{ a }}"],
    [true, "true"],
  ])("turns %j into %j", (written, expected) => {
    expect(unwrapExpression(written)).toBe(expected);
  });
});
