import { describe, expect, test } from "vitest";
import { Folder, workflow } from "./harness/axw.js";

const WORD = workflow(
  "  - {id: one, agentId: sh, task: '${{ inputs.word }}'}\n",
  "inputs: {word: {type: string}}",
);

describe("two values for one name", () => {
  test.each([
    [["--input", "word=a", "--input", "word=b"], "--input word has two values: `a` and `b`."],
    [["--input", "word=a", "--context", "k=1", "--context", "k=2"], "--context k has two values:"],
    [
      ["--input", "word=a", "--run-id", "x", "--run-id", "y"],
      "option '--run-id <id>' has two values: 'x' and 'y'.",
    ],
    [["--db", "a.db", "--input", "word=a", "--db=b.db"], "option '--db <path>' has two values:"],
    [
      ["--input", "word=a", "--concurrency", "2", "--concurrency", "3"],
      "option '--concurrency <n>' has two values: '2' and '3'.",
    ],
  ])("are refused, and nothing is started: %j", async (flags, says) => {
    const folder = new Folder({ "flow.yaml": WORD });
    const { code, stderr } = await folder.here(["run", "flow.yaml", ...flags]);
    expect([
      code,
      stderr.startsWith(`error  invalid_argument  ${says}`),
      folder.launches(),
    ]).toEqual([2, true, []]);
  });

  test("of a rate of failures are refused, but not those of two steps", async () => {
    const folder = new Folder({ "flow.yaml": WORD });
    const simulate = (...flags: string[]) =>
      folder.here(["simulate", "flow.yaml", "--seeds", "2", ...flags]);
    const [two, both] = [
      await simulate("--fail", "one=20%", "--fail", "one=0.3"),
      await simulate("--fail", "one=20%", "--fail", "*=0.1"),
    ];
    expect([two.code, two.stderr.split("\n")[0], both.code]).toEqual([
      2,
      "error  invalid_argument  --fail one has two rates: 0.2 and 0.3. Give it once.",
      0,
    ]);
  });

  test("are accepted if they are the same", async () => {
    const folder = new Folder({ "flow.yaml": WORD });
    const flags = ["--input", "word=a", "--input", "word=a", "--ui", "lines", "--ui", "lines"];
    const { code } = await folder.here(["run", "flow.yaml", ...flags]);
    expect([code, folder.launches()]).toEqual([0, ["a"]]);
  });

  test("are refused after every command, whichever subcommand has the flag", async () => {
    const folder = new Folder({ "flow.yaml": WORD });
    const verbs = [["list"], ["show", "x"], ["checkpoint", "list", "x"], ["checkpoint", "x"]];
    const codes = [];
    for (const verb of verbs) {
      const { code, stderr } = await folder.here([...verb, "--db", "a", "--db", "b"]);
      codes.push([code, /two values: 'a' and 'b'/.test(stderr)]);
    }
    expect(codes).toEqual(verbs.map(() => [2, true]));
  });
});

describe("--agents", () => {
  test.each([
    ["a preset", ["--agents", "claude"], "--agents claude is not used: the workflow file defines"],
    ["a file", ["--agents", "team.yaml"], "--agents team.yaml is not used: the workflow file"],
  ])("is named as unused if the workflow file defines every agent: %s", async (_, flags, says) => {
    const folder = new Folder({
      "flow.yaml": workflow("  - {id: one, agentId: sh, task: one}\n"),
      "team.yaml": "agents: {other: {command: [echo, hi]}}\n",
    });
    const ran = await folder.here(["run", "flow.yaml", ...flags]);
    const listed = await folder.here(["agents", "flow.yaml", ...flags]);
    expect([ran.code, ran.stdout.includes(says), listed.stderr.includes(says)]).toEqual([
      0,
      true,
      true,
    ]);
  });

  test("is not named as unused if it performs a step", async () => {
    const folder = new Folder({
      "flow.yaml": workflow("  - {id: one, agentId: other, task: one}\n"),
      "team.yaml": "agents: {other: {command: [echo, hi]}}\n",
    });
    const ran = await folder.here(["run", "flow.yaml", "--agents", "team.yaml"]);
    expect([ran.code, ran.stdout.includes("is not used")]).toEqual([0, false]);
  });
});
