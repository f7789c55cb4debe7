import { describe, expect, test } from "vitest";
import { prepareWorkflow, WorkflowEngine, WorkflowParser } from "../../src/index.js";

const STEPS = "steps: [{ id: a, agentId: a, task: x }]\n";

/** The codes of the issues, and the value that is read if there is no error. */
function read(value: string, format: "yaml" | "json" = "yaml"): unknown {
  const text =
    format === "yaml"
      ? `id: w\ncontext: { v: ${value} }\n${STEPS}`
      : `{"id":"w","context":{"v":${value}},"steps":[{"id":"a","agentId":"a","task":"x"}]}`;
  const outcome = new WorkflowParser().check(text, format);
  const codes = outcome.issues.map(({ code }) => code);
  return outcome.ok ? [outcome.workflow.definition.context["v"], ...codes] : codes;
}

describe("a number in the context of a YAML file", () => {
  test.each([
    ["0", 0],
    ["-5", -5],
    ["1.0", 1],
    ["0.5", 0.5],
    ["1e-07", 1e-7],
    ["1.5e+10", 1.5e10],
    ["0.1234567890123456789", 0.12345678901234568],
    ["9007199254740991", 9007199254740991],
  ])("%s is read as it looks", (text, value) => {
    expect(read(text)).toEqual([value]);
  });

  test.each([
    ["01234", 1234],
    ["007", 7],
    ["-07", -7],
    ["00.5", 0.5],
  ])("%s is read with a warning, because it loses its leading zero", (text, value) => {
    expect(read(text)).toEqual([value, "AXW1020"]);
  });

  test.each([
    ["+49301234", 49301234],
    ["0x1F", 31],
    ["0o755", 493],
    ["1234e5", 123400000],
    ["1E3", 1000],
    ["1.10", 1.1],
    ["-2.50", -2.5],
  ])("%s is read with a warning, because it looks like text", (text, value) => {
    expect(read(text)).toEqual([value, "AXW1117"]);
  });

  test.each([
    "12345678901234567890",
    "-9007199254740992",
    "0xFFFFFFFFFFFFFFFF",
    "1e400",
    "4e98765",
    ".inf",
    "-.inf",
    ".nan",
    "1e-400",
  ])("%s is refused, because it would change", (text) => {
    expect(read(text)).toEqual(["AXW1015"]);
  });

  test.each(["1_000", "12:30:45", "2026-03-01", "1.2.3", "0123abc", "yes", "'1.10'", '"007"'])(
    "%s is text",
    (text) => {
      expect(read(text)).toEqual([text.replace(/['"]/g, "")]);
    },
  );
});

describe("a number in the context of a JSON file", () => {
  test.each([
    ["1.10", [1.1]],
    ["1e3", [1000]],
    ["1e-07", [1e-7]],
    ["12345678901234567890", ["AXW1015"]],
    ["1e400", ["AXW1015"]],
    ["1e-400", ["AXW1015"]],
  ])("%s keeps its value or is refused", (text, expected) => {
    expect(read(text, "json")).toEqual(expected);
  });
});

describe("the default of an input", () => {
  test("warns as the context does, at its place", () => {
    const text = `id: w\ninputs:\n  zip: { type: number, default: 01234 }\n${STEPS}`;
    const { issues } = new WorkflowParser().check(text);
    expect(issues.map(({ code, line, column, path }) => [code, line, column, path])).toEqual([
      ["AXW1020", 3, 33, ["inputs", "zip", "default"]],
    ]);
  });
});

describe("the format of a text", () => {
  test.each([
    ["a YAML map", "{ id: w, steps: [{ id: a, agentId: a, task: x }] }", "yaml"],
    ["JSON", '{"id":"w","steps":[{"id":"a","agentId":"a","task":"x"}]}', "json"],
    [
      "JSON after a byte order mark",
      '\ufeff{"id":"w","steps":[{"id":"a","agentId":"a","task":"x"}]}',
      "json",
    ],
    ["YAML after a byte order mark", `\ufeffid: w\n${STEPS}`, "yaml"],
  ])("is recognised: %s", async (_, text, format) => {
    await using engine = await WorkflowEngine.open({
      database: ":memory:",
      agents: { a: () => 1 },
    });
    const run = await engine.start(text);
    expect([(await run.ending).status, prepareWorkflow(text).format]).toEqual([
      "completed",
      format,
    ]);
  });

  test("is JSON for a text that begins like JSON, so that the issue fits what was meant", () => {
    expect(() => prepareWorkflow('{"id": "w", "steps": [}')).toThrow(/AXW1002/);
    expect(() => prepareWorkflow("{ id: w, steps: [} ")).toThrow(/AXW1001/);
  });
});
