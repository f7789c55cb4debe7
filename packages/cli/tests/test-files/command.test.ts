import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { main } from "../../src/main.js";
import { SCHEMA_VERSION } from "../../src/progress/JsonView.js";
import { Folder, ndjson } from "../harness/axw.js";
import { FakeIo } from "../harness/FakeIo.js";

const FLOW = "id: flow\nsteps:\n  - { id: a, agentId: writer, task: Write }\n";

const GOOD = `workflow: flow.yaml
cases:
  - id: writes
    title: The writer writes
    agents: { writer: { text: done } }
    expect: { status: completed, results: { a: done }, launches: { writer: 1 } }
`;

const BAD = `workflow: flow.yaml
cases:
  - id: fails
    title: The writer fails
    agents: { writer: { fail: 1 } }
    expect: { status: completed, steps: { a: completed } }
`;

const SCENARIO = {
  format: 1,
  workflow: "flow.yaml",
  title: "One step",
  agents: { writer: { echo: true } },
  expect: {
    status: "completed",
    steps: { a: "completed" },
    launches: { writer: 1 },
    tasks: { a: "Write" },
    mostAtOnce: { writer: 1 },
  },
};

describe("axw test FILE", () => {
  test("plays the cases of a test file, and counts them in its last line", async () => {
    const folder = new Folder({ "flow.yaml": FLOW, "flow.test.yaml": GOOD });
    expect(await folder.axw(["test", "flow.test.yaml"])).toEqual({
      code: 0,
      stdout: "passed  writes\n1 passed, 0 failed\n",
      stderr: "",
    });
  });

  test("exits with 1 and prints each difference if a case fails", async () => {
    const folder = new Folder({ "flow.yaml": FLOW, "flow.test.yaml": BAD });
    expect(await folder.here(["test", "flow.test.yaml"])).toEqual({
      code: 1,
      stdout: `failed  fails  The writer fails
        expect.status
          expected  "completed"
          found     "failed"
        expect.steps.a
          expected  "completed"
          found     "failed"
0 passed, 1 failed
`,
      stderr: "",
    });
  });

  test("prints one JSON object per case, and a summary, with --json", async () => {
    const folder = new Folder({ "flow.yaml": FLOW, "a.test.yaml": GOOD, "b.test.yaml": BAD });
    const { code, stdout, stderr } = await folder.here(["test", ".", "--json"]);
    const mismatch = (at: string) => ({ at, expected: "completed", found: "failed" });
    expect({ code, stderr, documents: ndjson(stdout) }).toEqual({
      code: 1,
      stderr: "1 passed, 1 failed\n",
      documents: [
        {
          schemaVersion: SCHEMA_VERSION,
          type: "test_case",
          id: "writes",
          title: "The writer writes",
          outcome: "passed",
          construct: null,
        },
        {
          schemaVersion: SCHEMA_VERSION,
          type: "test_case",
          id: "fails",
          title: "The writer fails",
          outcome: "failed",
          mismatches: [mismatch("expect.status"), mismatch("expect.steps.a")],
          construct: null,
        },
        { schemaVersion: SCHEMA_VERSION, type: "test_summary", passed: 1, failed: 1, notYet: 0 },
      ],
    });
  });

  test("plays a folder: its test files and scenarios, in the order of their names", async () => {
    const folder = new Folder({
      "flow.yaml": FLOW,
      "flow.test.yaml": GOOD,
      "flow.expect.json": JSON.stringify(SCENARIO),
    });
    mkdirSync(join(folder.path, "more"));
    folder.write("more/flow.yaml", FLOW);
    folder.write(
      "more/other.test.json",
      JSON.stringify({
        workflow: "flow.yaml",
        cases: [
          { id: "in JSON", agents: { "*": { echo: true } }, expect: { status: "completed" } },
        ],
      }),
    );
    mkdirSync(join(folder.path, "node_modules"));
    folder.write("node_modules/not.test.yaml", "nothing");
    const { code, stdout } = await folder.here(["test"]);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: "passed  flow\npassed  writes\npassed  in JSON\n3 passed, 0 failed\n",
    });
  });

  test("names a construct that this version does not have, and counts the case apart", async () => {
    const folder = new Folder({
      "flow.yaml": FLOW,
      "later.yaml": FLOW.replace(/^( *- \{? ?id: \w+)/m, "$1, effect: workspace"),
      "index.json": JSON.stringify({
        format: 1,
        cases: [
          {
            id: "other",
            construct: "effect",
            file: "later.yaml",
            agents: { writer: { echo: true } },
            expect: { status: "completed" },
          },
          {
            id: "plain",
            construct: "steps",
            file: "flow.yaml",
            agents: { writer: { echo: true } },
            expect: { status: "completed" },
          },
        ],
      }),
    });
    expect(await folder.here(["test", "--index", "index.json"])).toEqual({
      code: 0,
      stdout:
        "not yet: other (workspace)\npassed  plain\n1 not yet in this version\n1 passed, 0 failed\n",
      stderr: "",
    });
    const only = await folder.here(["test", "--index", "index.json", "--only", "plain"]);
    const construct = await folder.here(["test", "--index", "index.json", "--construct", "steps"]);
    expect([only.stdout, construct.stdout]).toEqual([
      "passed  plain\n1 passed, 0 failed\n",
      "passed  plain\n1 passed, 0 failed\n",
    ]);
  });

  test("finds a wrong task, a step that is not listed and too many attempts of a scenario", async () => {
    const { expect: right, ...scenario } = SCENARIO;
    const wrong = {
      ...scenario,
      expect: {
        ...right,
        steps: {},
        tasks: { a: "Other" },
        mostAtOnce: { writer: 0 },
        order: [["a", "b"]],
      },
    };
    const folder = new Folder({
      "flow.yaml": FLOW,
      "flow.expect.json": JSON.stringify(wrong),
    });
    const { code, stdout } = await folder.here(["test", "flow.expect.json", "--json"]);
    const [played] = ndjson(stdout) as [{ mismatches: { at: string }[] }];
    expect([code, played.mismatches.map(({ at }) => at)]).toEqual([
      1,
      ["expect.steps.a", "expect.order[0]", "expect.tasks.a", "expect.mostAtOnce.writer"],
    ]);
  });
});

describe("Ctrl-C", () => {
  const many = {
    workflow: "flow.yaml",
    cases: ["one", "two", "three"].map((id) => ({
      id,
      agents: { writer: { echo: true } },
      expect: { status: "completed" },
    })),
  };

  test("ends the playing after the case that is being played", async () => {
    const folder = new Folder({ "flow.yaml": FLOW, "flow.test.json": JSON.stringify(many) });
    const io = new FakeIo({ cwd: folder.path });
    const code = main(["test"], io);
    await io.out.until(/passed {2}one\n/u);
    io.send("SIGINT");
    expect({ code: await code, stdout: io.out.text, exited: io.exitedWith }).toEqual({
      code: 130,
      stdout: "passed  one\npassed  two\n2 passed, 0 failed\n",
      exited: undefined,
    });
  });

  test("typed twice ends the process at once", async () => {
    const folder = new Folder({ "flow.yaml": FLOW, "flow.test.json": JSON.stringify(many) });
    const io = new FakeIo({ cwd: folder.path });
    const code = main(["test"], io);
    await io.out.until(/passed {2}one\n/u);
    io.send("SIGINT");
    io.send("SIGINT");
    await code;
    expect(io.exitedWith).toBe(130);
  });
});

describe("a test file with errors", () => {
  test("is refused with every error, its place and its remedy, and nothing is played", async () => {
    const folder = new Folder({
      "flow.yaml": FLOW,
      "flow.test.yaml": `workflow: flow.yaml
cases:
  - id: one
    agents: { writer: { ecko: true } }
    expect: { statsu: completed }
  - id: two
    agents: { writer: { echo: true, text: x } }
    do: [{ run: true, resume: true }]
    expect: { steps: { a: complete } }
  - id: three
`,
    });
    const { code, stdout, stderr } = await folder.here(["test", "flow.test.yaml"]);
    const lines = stderr.split("\n").filter((line) => line.startsWith("flow.test.yaml:"));
    expect({ code, stdout, lines }).toEqual({
      code: 2,
      stdout: "",
      lines: [
        "flow.test.yaml:4:25  error  AXW1101  unknown key `ecko`",
        "flow.test.yaml:5:15  error  AXW1101  unknown key `statsu`",
        "flow.test.yaml:7:37  error  AXW1108  `echo` and `text` are two behaviours",
        "flow.test.yaml:8:23  error  AXW1108  `run` and `resume` are two actions",
        "flow.test.yaml:9:27  error  AXW1104  expected `pending` or `ready` or `running` or `waiting` or `open` or `unknown` or `completed` or `failed` or `skipped` or `cancelled`, found `complete`",
        "flow.test.yaml:10:5  error  AXW1102  this case expects nothing",
      ],
    });
  });

  test.each([
    [
      "a key of another behaviour",
      "text: x, then: { echo: true }",
      "`then` does not belong to `text`",
    ],
    ["no behaviour", "reason: error", "this behaviour does not say what the agent does"],
    [
      "a wrong duration",
      "sleep: soon",
      "expected a duration such as 500ms, 30s, 20m, 1h30m or 1d, or a number of milliseconds, found `soon`",
    ],
  ])("is refused: %s", async (_, behaviour, message) => {
    const folder = new Folder({
      "flow.yaml": FLOW,
      "flow.test.yaml": `workflow: flow.yaml
cases:
  - id: one
    agents: { writer: { ${behaviour} } }
    expect: {}
`,
    });
    const { code, stderr } = await folder.here(["test", "flow.test.yaml"]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
  });

  test.each([
    [
      "two cases with one id",
      "  - id: one\n    expect: {}\n  - id: one\n    expect: {}\n",
      "two cases have the id `one`",
    ],
    [
      "an outcome that says neither done nor not done",
      "  - id: one\n    unknown: { a: { done: maybe } }\n    expect: {}\n",
      "expected true or false, found `maybe`",
    ],
    [
      "a misspelt key, with the key that is meant",
      "  - id: one\n    unknwon: {}\n    expect: {}\n",
      "write `unknown`",
    ],
    [
      "an action that does nothing",
      "  - id: one\n    do: [{}]\n    expect: {}\n",
      "this action does nothing",
    ],
    [
      "a moment without an action",
      "  - id: one\n    do: [{ crashWhen: a }]\n    expect: {}\n",
      "this action does nothing",
    ],
    [
      "a moment of another action",
      "  - id: one\n    do: [{ cancel: true, crashWhen: a }]\n    expect: {}\n",
      "`crashWhen` does not belong to `cancel`",
    ],
    [
      "two moments",
      "  - id: one\n    do: [{ run: true, crashWhen: a, pauseWhen: a }]\n    expect: {}\n",
      "`crashWhen` and `pauseWhen` contradict each other",
    ],
    [
      "an attempt without a moment",
      "  - id: one\n    do: [{ run: true, attempt: 2 }]\n    expect: {}\n",
      "`attempt` needs `crashWhen`, `pauseWhen` or `cancelWhen`",
    ],
    [
      "issues beside expectations",
      "  - id: one\n    invalid: []\n    expect: {}\n",
      "`expect` contradicts `invalid`",
    ],
  ])("is refused: %s", async (_, cases, message) => {
    const folder = new Folder({ "flow.test.yaml": `workflow: flow.yaml\ncases:\n${cases}` });
    const { code, stderr } = await folder.here(["test", "flow.test.yaml"]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
  });
});

describe("a mistyped command", () => {
  test.each([
    [
      "a file that does not exist",
      ["test", "no.test.yaml"],
      "The file no.test.yaml does not exist.",
    ],
    ["a folder without tests", ["test", "."], "No test file was found in .."],
    [
      "an id that no case has",
      ["test", "--index", "index.json", "--only", "two"],
      "No case has the id two.",
    ],
    [
      "a construct that no case is about",
      ["test", "--index", "index.json", "--construct", "x"],
      "No case is about x.",
    ],
  ])("is refused: %s", async (_, args, message) => {
    const index = {
      format: 1,
      cases: [{ id: "one", construct: "steps", file: "flow.yaml", expect: {} }],
    };
    const folder = new Folder({ "flow.yaml": FLOW, "index.json": JSON.stringify(index) });
    const { code, stderr } = await folder.here(args);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
  });
});
