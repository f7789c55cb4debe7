import { describe, expect, test } from "vitest";
import { main } from "../src/main.js";
import { Folder } from "./harness/axw.js";
import { FakeIo } from "./harness/FakeIo.js";

const FLOW = `name: sample
agents:
  text: {command: [printf, 'two\\nlines']}
  marks: {command: [printf, 'a\\033[31mred\\n']}
  json: {command: [echo, '{"list": [1, 2.5], "at": 1.25, "text": "x"}'], output: json}
  bad: {command: [sh, -c, 'echo "no such luck" >&2; exit 3']}
steps:
  - {id: text, agentId: text, task: x}
  - {id: marks, agentId: marks, task: x}
  - {id: json, agentId: json, task: x}
  - {id: bad, agentId: bad, task: x, dependencies: [text, marks, json]}
  - {id: after, agentId: text, task: x, dependencies: [bad]}
`;

async function folderWithRun(): Promise<Folder> {
  const folder = new Folder({ "flow.yaml": FLOW });
  await folder.here(["run", "flow.yaml", "--run-id", "job"]);
  return folder;
}

async function onTerminal(folder: Folder, args: readonly string[]): Promise<string> {
  const io = new FakeIo({ cwd: folder.path, terminal: { columns: 80, rows: 24 } });
  await main(args, io);
  return io.out.text;
}

describe("axw result", () => {
  test.each([
    ["text as it is, and a newline", ["text"], "two\nlines\n"],
    ["text with its control characters, for the next program", ["marks"], "a\u001b[31mred\n"],
    [
      "any other value as JSON on one line, exactly",
      ["json"],
      '{"list":[1,2.5],"at":1.25,"text":"x"}\n',
    ],
    ["text as JSON with --json", ["text", "--json"], '"two\\nlines"\n'],
    ["the same JSON with --json", ["json", "--json"], '{"list":[1,2.5],"at":1.25,"text":"x"}\n'],
    [
      "all results as one object without a step",
      [],
      '{"text":"two\\nlines","marks":"a\\u001b[31mred","json":{"list":[1,2.5],"at":1.25,"text":"x"}}\n',
    ],
  ])("prints %s, and nothing else", async (_, args, stdout) => {
    const folder = await folderWithRun();
    expect(await folder.here(["result", "job", ...args])).toEqual({ code: 0, stdout, stderr: "" });
  });

  test("prints clean text and indented JSON on a terminal, and one line with --json", async () => {
    const folder = await folderWithRun();
    expect([
      await onTerminal(folder, ["result", "job", "marks"]),
      await onTerminal(folder, ["result", "job", "json"]),
      await onTerminal(folder, ["result", "job", "json", "--json"]),
    ]).toEqual([
      "ared\n",
      '{\n  "list": [\n    1,\n    2.5\n  ],\n  "at": 1.25,\n  "text": "x"\n}\n',
      '{"list":[1,2.5],"at":1.25,"text":"x"}\n',
    ]);
  });

  test.each([
    ["a failed step", "bad", "Step `bad` of run job has no result: it failed.", "axw logs job bad"],
    [
      "a skipped step",
      "after",
      "Step `after` of run job has no result: it was skipped.",
      "axw show job",
    ],
  ])("exits with 1 for %s, and names the steps that have one", async (_, step, message, next) => {
    const folder = await folderWithRun();
    expect(await folder.here(["result", "job", step])).toEqual({
      code: 1,
      stdout: "",
      stderr:
        `error  result_not_found  ${message}\n` +
        `       Steps with a result: text, marks, json.\nnext   ${next}\n`,
    });
  });

  test("refuses a step that the workflow does not have", async () => {
    const folder = await folderWithRun();
    expect(await folder.here(["result", "job", "nope"])).toEqual({
      code: 2,
      stdout: "",
      stderr:
        "error  invalid_argument  Run job has no step `nope`.\n" +
        "       Steps with a result: text, marks, json. All steps: text, marks, json, bad, after.\n" +
        "next   axw show job\n",
    });
  });

  test("exits with 1 if no step has completed, also without a step and with --json", async () => {
    const steps = "  - {id: one, agentId: bad, task: x}\n";
    const folder = new Folder({ "flow.yaml": FLOW.replace(/ {2}- [^]*/, steps) });
    await folder.here(["run", "flow.yaml", "--run-id", "job"]);
    const { code, stdout } = await folder.here(["result", "job", "--json"]);
    expect([code, JSON.parse(stdout)]).toEqual([
      1,
      expect.objectContaining({
        type: "error",
        code: "result_not_found",
        message: "Run job has no results: no step has completed.",
      }),
    ]);
  });

  test("prints a result of megabytes whole, with no character broken between two writes", async () => {
    const print = "process.stdout.write('x' + '🦊'.repeat(1e6))";
    const folder = new Folder({
      "flow.yaml": `name: big
agents: {big: {command: [node, -e, "${print}"]}}
steps: [{id: big, agentId: big, task: x}]
`,
    });
    await folder.here(["run", "flow.yaml", "--run-id", "job"]);
    const { stdout } = await folder.axw(["result", "job", "big"]);
    expect([stdout.length, stdout === `x${"🦊".repeat(1e6)}\n`]).toEqual([2_000_002, true]);
    const shown = (await folder.here(["show", "job"])).stdout;
    expect([shown.length < 10_000, shown]).toEqual([
      true,
      expect.stringContaining("1,998,202 characters are not shown: axw result job big\n"),
    ]);
  });
});

describe("axw show", () => {
  test("prints the beginning of each input, and how many there are beyond 20", async () => {
    const names = Array.from({ length: 22 }, (_, index) => `in${index}`);
    const declared = names.map((name) => `${name}: {type: string, default: v}`).join(", ");
    const folder = new Folder({
      "flow.yaml": FLOW.replace("agents:", `inputs: {${declared}}\nagents:`),
    });
    await folder.here([
      "run",
      "flow.yaml",
      "--run-id",
      "job",
      "--input",
      `in0=${"x".repeat(5000)}`,
    ]);
    const { stdout } = await folder.here(["show", "job"]);
    expect(/^inputs.*$/m.exec(stdout)?.[0]).toMatch(
      /^inputs {3}in0: "x{58}…, in1: "v", .*, in19: "v", … and 2 more: --json prints them all$/,
    );
  });
});
