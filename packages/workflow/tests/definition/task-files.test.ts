import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { hashDefinition, prepareWorkflow, WorkflowParser } from "../../src/index.js";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "task-files-"));
  mkdirSync(join(folder, "flows", "prompts"), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, content: string | Uint8Array) =>
  writeFileSync(join(folder, name), content);
const workflowWith = (task: string) =>
  `id: w\ninputs: { what: string }\nsteps:\n  - { id: a, agentId: b, task: ${task} }\n`;

/** Checks a file in the folder `flows` whose one step has this task. */
async function check(task: string, options: object = {}) {
  write("flows/w.yaml", workflowWith(task));
  return new WorkflowParser(options).checkFile(join(folder, "flows", "w.yaml"));
}
async function problemOf(task: string, options: object = {}) {
  const { issues } = await check(task, options);
  return issues.map(({ code, line, column, message }) => [code, line, column, message]);
}

describe("a task in a file", () => {
  test("is the text of the file, without its byte order mark, to the last newline", async () => {
    write("flows/prompts/a.md", "\ufeffDesign ${{ inputs.what }}.\r\nThanks.\n\n");
    const outcome = await check("{ file: prompts/a.md, x-note: ignored }");
    const inPlace = prepareWorkflow(
      workflowWith(JSON.stringify("Design ${{ inputs.what }}.\r\nThanks.\n\n")),
    );
    expect(outcome.ok && hashDefinition(outcome.workflow.definition)).toBe(inPlace.hash);
  });

  test("is read once, so a later change of the file changes nothing", async () => {
    write("flows/prompts/a.md", "first");
    const outcome = await check("{ file: prompts/a.md }");
    write("flows/prompts/a.md", "second");
    expect(outcome.ok && outcome.workflow.definition.steps[0]?.task).toBe("first");
  });

  test("has its problems reported at their place in the file", async () => {
    write("flows/prompts/a.md", "One line.\nUse ${{ inputs.wat }}.\n");
    const { issues } = await check("{ file: prompts/a.md }");
    expect(issues).toMatchObject([
      {
        code: "AXW1306",
        file: join(folder, "flows", "prompts", "a.md"),
        line: 2,
        column: 9,
        excerpt: expect.stringContaining("Use ${{ inputs.wat }}."),
      },
    ]);
  });

  test.each([
    ["none.md", "there is no file `none.md`"],
    ["../outside.md", "`../outside.md` is outside the root of the workflow"],
    [
      "../../../../../etc/passwd",
      "`../../../../../etc/passwd` is outside the root of the workflow",
    ],
    ["/etc/passwd", "`/etc/passwd` is an absolute path"],
    ["link.md", "`link.md` is outside the root of the workflow"],
    ["prompts", "the file `prompts` cannot be read: not a regular file"],
    ["empty.md", "`empty.md` is empty"],
    ["binary.md", "`binary.md` is not UTF-8"],
    ["nul.md", "`nul.md` contains a character that is not allowed"],
    ["large.md", "`large.md` is larger than 262144 bytes"],
    [
      "${{ inputs.what }}.md",
      "`${{ inputs.what }}.md` contains a template, but it is read before a run starts",
    ],
  ])("is refused at its path: %s", async (file, message) => {
    write("outside.md", "secret");
    symlinkSync(join(folder, "outside.md"), join(folder, "flows", "link.md"));
    write("flows/empty.md", "");
    write("flows/binary.md", Uint8Array.of(0xff, 0xfe));
    write("flows/nul.md", "a\0b");
    write("flows/large.md", "x".repeat(256 * 1024 + 1));
    expect(await problemOf(`{ file: "${file}" }`)).toEqual([["AXW1624", 4, 40, message]]);
  });

  test("may be in any folder of a root that is passed", async () => {
    write("outside.md", "from outside");
    const outcome = await check("{ file: ../outside.md }", { root: folder });
    expect(outcome.ok && outcome.workflow.definition.steps[0]?.task).toBe("from outside");
  });

  test("is refused in a text without a folder, unless one is passed", () => {
    write("flows/a.md", "from a folder");
    const text = workflowWith("{ file: a.md }");
    const [issue] = new WorkflowParser().validate(text);
    const base = join(folder, "flows");
    expect([issue?.code, issue?.message]).toEqual([
      "AXW1624",
      "`a.md` is relative to nothing: the workflow has no folder",
    ]);
    expect(prepareWorkflow(text, { base }).definition.steps[0]?.task).toBe("from a folder");
  });

  test("is read by the reader that is passed, for data too", () => {
    const readFile = (path: string) => Buffer.from(`text of ${path}`);
    const data = { id: "w", steps: [{ id: "a", agentId: "b", task: { file: "x/y.md" } }] };
    const { definition } = prepareWorkflow(data, { base: "/virtual", readFile });
    expect(definition.steps[0]?.task).toBe("text of /virtual/x/y.md");
  });

  test("is part of a limit on all files together", async () => {
    const steps = Array.from({ length: 33 }, (_, index) => {
      write(`flows/${index}.md`, "x".repeat(256 * 1024));
      return `  - { id: s${index}, agentId: b, task: { file: ${index}.md } }\n`;
    });
    write("flows/w.yaml", `id: w\nsteps:\n${steps.join("")}`);
    const { issues } = await new WorkflowParser().checkFile(join(folder, "flows", "w.yaml"));
    expect(issues.map(({ code, line }) => [code, line])).toEqual([["AXW1003", 35]]);
  });
});
