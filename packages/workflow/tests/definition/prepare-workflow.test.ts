import { describe, expect, test, vi } from "vitest";
import { checkData, checkDefinition } from "../../src/definition/check-definition.js";
import {
  prepareWorkflow,
  prepareWorkflowFile,
  WorkflowEngine,
  WorkflowError,
} from "../../src/index.js";

vi.mock(import("../../src/definition/check-definition.js"), { spy: true });

const TEXT = `
name: Sign-up
inputs: { feature: string }
steps:
  - { id: design, agentId: w, task: "Design \${{ inputs.feature }}" }
  - { id: build, agentId: w, task: "Build \${{ steps.design.output }}", dependencies: [design] }
`;
const DATA = {
  name: "Sign-up",
  inputs: { feature: "string" },
  steps: [
    { id: "design", agentId: "w", task: "Design ${{ inputs.feature }}" },
    {
      id: "build",
      agentId: "w",
      task: "Build ${{ steps.design.output }}",
      dependencies: ["design"],
    },
  ],
};

describe("prepareWorkflow", () => {
  test.each(["workflow.yaml", "./flows/my flow.yml", "C:\\flows\\w.json", " ../w.YAML\n"])(
    "says of the text %j that it looks like a path",
    (text) => {
      expect(() => prepareWorkflow(text)).toThrow(
        expect.objectContaining({
          code: "invalid_definition",
          message: expect.stringContaining(
            `found text that looks like the path of a file: \`${text.trim()}\``,
          ) as unknown,
          remedy:
            "pass the content of the file, or the result of `prepareWorkflowFile` for its path",
        }),
      );
    },
  );

  test.each(["name: w.yaml", "hello", "[a.json", "w.yaml: x.json", `${"a".repeat(5000)}.yaml`])(
    "does not take the text %j for a path",
    (text) => {
      expect(() => prepareWorkflow(text)).toThrow(
        expect.not.objectContaining({
          message: expect.stringContaining("path of a file") as unknown,
        }),
      );
    },
  );

  test("returns the definition with its text, hash, graph and references", () => {
    const workflow = prepareWorkflow(TEXT, { path: "sign-up.yaml" });
    expect({ ...workflow }).toEqual({
      definition: expect.objectContaining({ id: "sign-up", version: "1.0.0" }) as unknown,
      source: TEXT,
      format: "yaml",
      path: "sign-up.yaml",
      warnings: [],
      graph: {
        nodes: ["design", "build"],
        edges: [["design", "build"]],
        executionOrder: [["design"], ["build"]],
      },
      references: [
        {
          stepId: "design",
          reference: expect.objectContaining({ source: "inputs", name: "feature" }) as unknown,
        },
      ],
      children: new Map(),
    });
    expect(JSON.parse(workflow.json)).toEqual(workflow.definition);
    expect(workflow.hash).toMatch(/^[0-9a-f]{64}$/);
  });

  test("returns the same hash and graph for data as for its text, with JSON as the source", () => {
    const [fromText, fromData] = [prepareWorkflow(TEXT), prepareWorkflow(DATA)];
    expect(fromData.hash).toBe(fromText.hash);
    expect(fromData.graph).toEqual(fromText.graph);
    expect({ format: fromData.format, source: JSON.parse(fromData.source) as unknown }).toEqual({
      format: "json",
      source: DATA,
    });
  });

  test("reads a text that begins with a brace as JSON unless the format is given", () => {
    const json = JSON.stringify(DATA);
    const flow = `{ id: w, steps: [{ id: a, agentId: b, task: c }] }`;
    expect(prepareWorkflow(json).format).toBe("json");
    expect(prepareWorkflow(flow, { format: "yaml" }).definition.id).toBe("w");
  });

  test("keeps a valid workflow's warnings", () => {
    const [warning] = prepareWorkflow(`version: 1.10\n${TEXT}`).warnings;
    expect(warning).toMatchObject({ code: "AXW1114", severity: "warning", line: 1, column: 10 });
  });

  test("throws every issue, each prefixed with the path", () => {
    const wrong = "name: n\nsteps: [{ id: a, task: t }, { id: a, agentId: w }]";
    const attempt = (): unknown => prepareWorkflow(wrong, { path: "wrong.yaml" });
    expect(attempt).toThrow(WorkflowError);
    expect(attempt).toThrow(
      expect.objectContaining({
        code: "invalid_definition",
        message: expect.stringMatching(/^wrong\.yaml: 3 problems\nwrong\.yaml:2:/) as unknown,
      }),
    );
  });

  test("refuses more steps than its limits allow", () => {
    expect(() => prepareWorkflow(DATA, { limits: { maxSteps: 1 } })).toThrow("at most 1");
    expect(() => prepareWorkflow(TEXT, { limits: { maxSteps: 1 } })).toThrow("at most 1");
  });
});

describe("prepareWorkflowFile", () => {
  test("reads the file once, through the given reader", () => {
    const readFile = vi.fn(() => new TextEncoder().encode(TEXT));
    const workflow = prepareWorkflowFile("flows/sign-up.yaml", { readFile });
    expect({ path: workflow.path, source: workflow.source, format: workflow.format }).toEqual({
      path: "flows/sign-up.yaml",
      source: TEXT,
      format: "yaml",
    });
    expect(readFile.mock.calls).toEqual([["flows/sign-up.yaml"]]);
  });

  test("reports an error thrown by the reader as an issue in the file", () => {
    const readFile = (): never => {
      throw Object.assign(new Error("no such file"), { code: "ENOENT" });
    };
    expect(() => prepareWorkflowFile("a.yaml", { readFile })).toThrow(/^a\.yaml: 1 problem/);
  });
});

describe("WorkflowEngine.start with a prepared workflow", () => {
  const inputs = { feature: "login" };
  const open = (): Promise<WorkflowEngine> =>
    WorkflowEngine.open({ database: ":memory:", agents: { w: ({ task }) => task } });

  test.each([
    ["text", TEXT],
    ["data", DATA],
  ])("runs a workflow prepared from %s without checking it again", async (_, source) => {
    vi.clearAllMocks();
    await using engine = await open();
    const workflow = prepareWorkflow(source);
    const results: unknown[] = [];
    for (let count = 0; count < 2; count += 1) {
      const run = await engine.start(workflow, { inputs });
      results.push((await run.ending).results);
    }
    const expected = { design: "Design login", build: "Build Design login" };
    expect(results).toEqual([expected, expected]);
    const checks = [vi.mocked(checkDefinition).mock.calls, vi.mocked(checkData).mock.calls];
    expect(checks.flat().length).toBe(1);
  });

  test("stores the text as it was written and pins the run to the hash", async () => {
    await using engine = await open();
    const workflow = prepareWorkflow(TEXT);
    const run = await engine.start(workflow, { inputs });
    await run.ending;
    const stored = engine.storage.getWorkflow(workflow.hash);
    expect(engine.storage.getRun(run.id)?.definitionHash).toBe(workflow.hash);
    expect({ source: stored?.source, definition: stored?.definition }).toEqual({
      source: TEXT,
      definition: workflow.json,
    });
  });
});
