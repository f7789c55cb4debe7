import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WorkflowError, WorkflowParser } from "../../src/index.js";

const parser = new WorkflowParser();
const TWO_STEPS = `
name: Sign-up
version: "1.10"
inputs: { feature: string, depth: { type: number, default: 2 } }
context: { repo: shop }
defaults: { agentId: backend, timeout: 20m, retry: { backoff: 5s, max: 3 } }
limits: { concurrency: 4, agents: { backend: { concurrency: 2 } } }
agents:
  backend: { command: [claude, -p], env: { MODE: fast }, timeout: 1h }
  helper: { preset: simulated }
x-note: left out
steps:
  - { id: design, task: "Design \${{ inputs.feature }} for \${{ context.repo }}", checkpoint: true, x-note: left out }
  - id: build
    name: Build it
    agentId: helper
    task: Build \${{ steps.design.output.modules[0].name }}
    dependencies: [design]
    parallel: false
    timeout: 1500
    retries: 1
    retry: { jitter: none }
    continueOnError: true
    checkpoint: after-build
`;

describe("WorkflowParser.parse", () => {
  test("fills in defaults and converts durations to ms", () => {
    const common = { agentId: "backend", dependencies: [], parallel: true, continueOnError: false };
    expect(parser.parse(TWO_STEPS, "yaml")).toEqual({
      id: "sign-up",
      name: "Sign-up",
      version: "1.10",
      inputs: {
        feature: { type: "string", required: true },
        depth: { type: "number", default: 2, required: false },
      },
      context: { repo: "shop" },
      metadata: {},
      limits: { concurrency: 4, agents: { backend: { concurrency: 2 } } },
      agents: {
        backend: {
          type: "process",
          command: ["claude", "-p"],
          env: { MODE: "fast" },
          input: "task",
          output: "text",
          timeout: 3_600_000,
          grace: 5000,
          okExitCodes: [0],
        },
        helper: { type: "preset", preset: "simulated", args: [], env: {}, grace: 5000 },
      },
      steps: [
        {
          ...common,
          id: "design",
          name: "design",
          task: "Design ${{ inputs.feature }} for ${{ context.repo }}",
          timeout: 1_200_000,
          retries: 3,
          retry: { initialDelayMs: 5000, factor: 2, maxDelayMs: 60_000, jitter: "full" },
          checkpoint: "design",
        },
        {
          id: "build",
          name: "Build it",
          agentId: "helper",
          task: "Build ${{ steps.design.output.modules[0].name }}",
          dependencies: ["design"],
          parallel: false,
          timeout: 1500,
          retries: 1,
          retry: { initialDelayMs: 5000, factor: 2, maxDelayMs: 60_000, jitter: "none" },
          continueOnError: true,
          checkpoint: "after-build",
        },
      ],
    });
  });

  test("sets a thirty-minute timeout and no retries by default", () => {
    const [step] = parser.parse("id: w\nsteps: [{ id: a, agentId: b, task: t }]").steps;
    expect(step).toEqual({
      id: "a",
      name: "a",
      agentId: "b",
      task: "t",
      dependencies: [],
      parallel: true,
      timeout: 1_800_000,
      retries: 0,
      continueOnError: false,
    });
  });

  test("reads an object like the equivalent JSON", () => {
    const workflow = {
      name: "n",
      description: undefined,
      steps: [{ id: "a", agentId: "b", task: "t" }],
    };
    expect(parser.parse(workflow)).toEqual(parser.parse(JSON.stringify(workflow), "json"));
  });

  test("throws all issues together, each with its place", () => {
    const text = "name: n\nsteps:\n  - id: a\n    agent: w\n    task: t\n    dependencies: [b]\n";
    let caught: unknown;
    try {
      new WorkflowParser({ file: "sign-up.yaml" }).parse(text, "yaml");
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(WorkflowError);
    const { code, message, issues, remedy } = caught as WorkflowError;
    expect({
      code,
      remedy,
      codes: issues.map((issue) => issue.code),
      lines: message.split("\n"),
    }).toEqual({
      code: "invalid_definition",
      remedy: "write `agentId`",
      codes: ["AXW1101", "AXW1202"],
      lines: [
        "sign-up.yaml: 2 problems",
        "sign-up.yaml:4:5 AXW1101: unknown key `agent`",
        "  4 |     agent: w",
        "    |     ^^^^^",
        "  write `agentId`",
        "sign-up.yaml:6:20 AXW1202: no step has the id `b`",
        "  6 |     dependencies: [b]",
        "    |                    ^",
        "  use the id of a step of this workflow",
      ],
    });
  });
});

describe("WorkflowParser.validate of data", () => {
  const cyclic: Record<string, unknown> = { name: "n" };
  cyclic["context"] = cyclic;
  let deep: object = {};
  for (let level = 0; level < 100_000; level += 1) deep = { deep };

  test.each([
    [
      "a function",
      { name: "n", context: { f: () => 1 } },
      "AXW1017",
      "`definition.context.f` is a function",
    ],
    [
      "a Map",
      { name: "n", context: new Map() },
      "AXW1017",
      "`definition.context` is an object of the class Map",
    ],
    [
      "not-a-number",
      { name: "n", context: { x: Number.NaN } },
      "AXW1017",
      "`definition.context.x` is NaN",
    ],
    [
      "a big integer",
      { name: "n", context: { x: 1n } },
      "AXW1017",
      "`definition.context.x` is a bigint",
    ],
    ["a cycle", cyclic, "AXW1017", "`definition` contains itself"],
    [
      "undefined in a list",
      { name: "n", context: { x: [undefined] } },
      "AXW1017",
      "`definition.context.x[0]` is undefined",
    ],
    ["100,000 levels", deep, "AXW1004", "the definition is nested too deeply"],
  ])("refuses %s", (_, value, code, message) => {
    expect(parser.validate(value)).toMatchObject([{ code, message }]);
  });

  test("accepts more than 10,000 steps only if `maxSteps` allows it", () => {
    const steps = Array.from({ length: 10_001 }, (_, index) => ({
      id: `s${index}`,
      agentId: "a",
      task: "t",
    }));
    const answers = [undefined, 10_001].map((maxSteps) =>
      new WorkflowParser(maxSteps === undefined ? {} : { maxSteps }).validate({ name: "n", steps }),
    );
    expect(answers.map((issues) => issues.map(({ code }) => code))).toEqual([["AXW1110"], []]);
  });

  test("refuses an own key __proto__", () => {
    expect(
      parser
        .validate(
          JSON.parse(
            '{"name":"n","context":{"__proto__":1},"steps":[{"id":"a","agentId":"w","task":"t"}]}',
          ),
        )
        .map(({ code }) => code),
    ).toEqual(["AXW1012"]);
  });
});

describe("WorkflowParser.parseFile", () => {
  let folder = "";
  const write = (name: string, content: string | Uint8Array) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "axw-parser-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("infers the format from the extension, and ignores a byte order mark", async () => {
    const json = JSON.stringify({ name: "n", steps: [{ id: "a", agentId: "w", task: "t" }] });
    const read = await Promise.all([
      parser.parseFile(write("w.json", json)),
      parser.parseFile(write("w.YML", `\ufeff${json}`)),
    ]);
    expect(read.map(({ id, steps }) => [id, steps.length])).toEqual([
      ["n", 1],
      ["n", 1],
    ]);
  });

  test.each([
    [
      "a missing file",
      () => join(folder, "none.yaml"),
      "AXW1018",
      /^there is no file `.*none\.yaml`$/,
    ],
    ["another extension", () => write("w.txt", "name: n"), "AXW1018", /is neither YAML nor JSON$/],
    [
      "a folder",
      () => `${folder}/../${folder.split("/").at(-1)}.yaml`,
      "AXW1018",
      /^there is no file/,
    ],
    ["a device", () => "/dev/zero", "AXW1018", /cannot be read: not a file$/],
    [
      "too large a file",
      () => write("large.yaml", "#".repeat(1024 * 1024 + 1)),
      "AXW1003",
      /^the file has 1048577 bytes/,
    ],
    [
      "bytes that are not UTF-8",
      () => write("latin.yaml", new Uint8Array([0x61, 0x3a, 0x20, 0xe9, 0x0a])),
      "AXW1010",
      /^the file is not UTF-8$/,
    ],
    [
      "UTF-16",
      () => write("wide.json", Buffer.from('\ufeff{"name":"n"}', "utf16le")),
      "AXW1010",
      /^the file is not UTF-8$/,
    ],
  ])("refuses %s with a place and a remedy", async (_, path, code, message) => {
    const error = await parser.parseFile(path()).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    const [issue] = error instanceof WorkflowError ? error.issues : [];
    expect(issue).toMatchObject({
      code,
      message: expect.stringMatching(message),
      line: 1,
      remedy: expect.any(String),
    });
  });
});

describe("WorkflowParser.buildDependencyGraph", () => {
  test("returns nodes, edges and batches", () => {
    const steps = [
      { id: "a", dependencies: [] },
      { id: "b", dependencies: ["a"] },
    ];
    expect(parser.buildDependencyGraph(steps)).toEqual({
      nodes: ["a", "b"],
      edges: [["a", "b"]],
      executionOrder: [["a"], ["b"]],
    });
  });

  test("reports every problem", () => {
    const steps = [
      { id: "a", dependencies: ["b"] },
      { id: "b", dependencies: ["a"] },
      { id: "c", dependencies: ["c", "x"] },
      { id: "c", dependencies: [] },
    ];
    const message = [
      "`c` waits for itself",
      "`c` waits for `x`, which is not a step",
      "two steps have the id `c`",
      "these steps wait for each other: a → b → a",
    ].join("\n");
    expect(() => parser.buildDependencyGraph(steps)).toThrow(
      expect.objectContaining({ code: "invalid_definition", message }),
    );
  });
});

describe("warnings", () => {
  test("never hide an error, however many there are", () => {
    const step = (id: string, references: string) => ({ id, agentId: "w", task: references });
    const foreign = "{{ s0 }} ".repeat(30);
    const unknown = "${{ context.nope }} ".repeat(30);
    const steps = Array.from({ length: 60 }, (_, index) => step(`s${index}`, foreign));
    const last = step("last", `${unknown}\${{ steps.nowhere.output }}`);
    const issues = new WorkflowParser().validate({
      id: "w",
      context: { a: 1 },
      steps: [...steps, last],
    });
    const errors = issues.filter(({ severity }) => severity === "error");
    expect([errors.map(({ code }) => code), issues.length]).toEqual([["AXW1304"], 1001]);
  });
});
