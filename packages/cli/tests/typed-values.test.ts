import { describe, expect, test } from "vitest";
import { type Ended, Folder, ndjson } from "./harness/axw.js";

const ECHO = `id: echo
inputs:
  s: { type: string, default: "" }
  n: { type: number, default: 0 }
  b: { type: boolean, default: false }
  l: { type: array, default: [] }
  o: { type: object, default: {} }
steps: [{ id: a, agentId: a, task: x }]
`;

/** The inputs and the context of the only run in the folder. */
async function storedIn(folder: Folder): Promise<{ inputs: object; context: object }> {
  const list = await folder.here(["list", "--json"]);
  const [{ runId } = { runId: "" }] = ndjson(list.stdout) as { runId: string }[];
  const shown = await folder.here(["show", runId, "--json"]);
  const { run } = JSON.parse(shown.stdout) as { run: { inputs: object; context: object } };
  return run;
}

async function runWith(args: readonly string[], files: Readonly<Record<string, string>> = {}) {
  const folder = new Folder({ "flow.yaml": ECHO, ...files });
  const ended = await folder.here(["run", "flow.yaml", "--agents", "simulated", ...args]);
  return { ...ended, folder };
}

/** The error and its remedy, without the next command. */
function errorOf({ code, stderr }: Ended): string {
  return `${code} ${stderr.replace(/\nnext[^]*/, "").replace(/\s+/g, " ")}`;
}

describe("the value of --context", () => {
  test.each([
    ["1.5", 1.5],
    ["-5", -5],
    ["0", 0],
    ["1e+21", 1e21],
    ["9007199254740991", 9007199254740991],
    ["true", true],
    ["false", false],
    ["null", null],
    ['"x"', "x"],
    ['"1.10"', "1.10"],
    ['["a", 1.0]', ["a", 1]],
    [' {"a": 1} ', { a: 1 }],
    ["1.10", "1.10"],
    ["1.0", "1.0"],
    ["007", "007"],
    ["-0", "-0"],
    ["1e3", "1e3"],
    ["4e98765", "4e98765"],
    ["12e3456", "12e3456"],
    ["1e-400", "1e-400"],
    ["12345678901234567890", "12345678901234567890"],
    ["0.12345678901234567890", "0.12345678901234567890"],
    [" 5 ", " 5 "],
    ["true ", "true "],
    ["+5", "+5"],
    ["0x10", "0x10"],
    ["1_000", "1_000"],
    ["NaN", "NaN"],
    ["Infinity", "Infinity"],
    ["", ""],
    ["[1", "[1"],
  ])("%j arrives as it was typed", async (typed, value) => {
    const { code, folder } = await runWith(["--context", `v=${typed}`]);
    expect([code, (await storedIn(folder)).context]).toEqual([0, { v: value }]);
  });

  test.each([
    ["[12345678901234567890]", "the number `12345678901234567890` at `[0]` would be read as"],
    ['{"a": {"b": 1e400}}', "the number `1e400` at `a.b` is not finite"],
    ['{"a": 1, "a": 2}', "the key `a` appears twice"],
  ])("%s is refused, and nothing is started", async (typed, says) => {
    const ended = await runWith(["--context", `v=${typed}`]);
    expect(errorOf(ended)).toMatch(
      /^2 error invalid_input The value of --context v cannot be used/,
    );
    expect(errorOf(ended)).toContain(says);
  });
});

describe("the value of --input", () => {
  test.each([
    ["s=1.10", { s: "1.10" }],
    ["s=4e98765", { s: "4e98765" }],
    ["s=true", { s: "true" }],
    ["n=-5", { n: -5 }],
    ["n=1.5", { n: 1.5 }],
    ["b=true", { b: true }],
    ["l=[1.0]", { l: [1] }],
    ['o={"a":1e-07}', { o: { a: 1e-7 } }],
  ])("%s arrives as the declared type", async (pair, value) => {
    const { code, folder } = await runWith(["--input", pair]);
    const { inputs } = await storedIn(folder);
    expect([code, inputs]).toEqual([0, { s: "", n: 0, b: false, l: [], o: {}, ...value }]);
  });

  test.each([
    ["n=1.10", "`1.10` is not: it would become 1.1. Write it as 1.1."],
    ["n=1e3", "`1e3` is not: it would become 1000. Write it as 1000."],
    ["n= 5", "` 5` is not: it would become 5. Write it as 5."],
    ["n=-0", "`-0` is not: it would become 0. Write it as 0."],
    [
      "n=1e400",
      "`1e400` is not: it is not finite. Declare the input as a string to keep the text.",
    ],
    ["n=12345678901234567890", "is not: it would be read as 12345678901234567000."],
    ["n=007", "`007` is not."],
    ["n=0x10", "`0x10` is not."],
    ["n=+5", "`+5` is not."],
    ["n=1_000", "`1_000` is not."],
    ["n=NaN", "`NaN` is not."],
    ["n=", "`` is not."],
    ["b=1.0", "`1.0` is not. Write it as JSON: b=true."],
    ["o=1.0", '`1.0` is not. Write it as JSON: o={"key": 1}.'],
    ["b=True", "`True` is not."],
    ["b=yes", "`yes` is not."],
    ["l=[9007199254740993]", "is not: the number `9007199254740993` at `[0]` would be read as"],
    ['o={"a":1,"a":2}', "is not: the key `a` appears twice."],
  ])("%s is refused", async (pair, says) => {
    const ended = await runWith(["--input", pair]);
    expect(errorOf(ended)).toMatch(/^2 error invalid_input Input `\w` must be an? \w+;/);
    expect(errorOf(ended)).toContain(says.replace(/\s+/g, " "));
  });
});

describe("the next command after a refused --input", () => {
  test.each([
    ["n=1.10", "axw run flow.yaml --input n=1.1 --agents simulated"],
    ["n=abc", "axw run flow.yaml --input n=3 --agents simulated"],
  ])("has a value of the declared type: %s", async (pair, next) => {
    const { stderr } = await runWith(["--input", pair]);
    expect(stderr).toContain(`next   ${next}\n`);
  });

  test("sets the context if a value of the context is missing", async () => {
    const folder = new Folder({
      "flow.yaml": 'id: w\nsteps: [{ id: a, agentId: a, task: "${{ context.k }}" }]\n',
    });
    const ended = await folder.here(["run", "flow.yaml", "--agents", "simulated"]);
    expect([errorOf(ended), ended.stderr.split("\n").slice(-3)]).toEqual([
      "2 error invalid_input The context lacks values that tasks use: step `a`: `context.k` is " +
        "missing: `context` is empty. Pass `k` in the run's context, or define it under " +
        "`context` in the workflow.",
      [
        "next   axw run flow.yaml --context k=VALUE --agents simulated",
        "       (replace the words in capitals)",
        "",
      ],
    ]);
  });
});

describe("the file of --inputs", () => {
  test("is JSON whose numbers keep their values, with or without a byte order mark", async () => {
    const { code, folder } = await runWith(["--inputs", "i.json"], {
      "i.json": '\ufeff{"n": 1.0, "s": "12345678901234567890", "l": [1e-07]}',
    });
    const { inputs } = await storedIn(folder);
    expect([code, inputs]).toMatchObject([0, { n: 1, s: "12345678901234567890", l: [1e-7] }]);
  });

  test.each([
    [
      '{\n  "o": {"id": 12345678901234567890}}',
      "i.json:2:15: the number `12345678901234567890` at `o.id` would be read as " +
        "12345678901234567000. Write it in double quotes to keep it as text.",
    ],
    ['{"n": 1e400}', "i.json:1:7: the number `1e400` at `n` is not finite."],
    ['{"n": 1,\n"n": 2}', "i.json:2:1: the key `n` appears twice. Keep one of the two."],
    ["[]", "i.json must contain a JSON object."],
    ["{", "i.json cannot be read:"],
  ])("%j is refused with its place", async (text, says) => {
    const ended = await runWith(["--inputs", "i.json"], { "i.json": text });
    expect(errorOf(ended)).toMatch(/^2 error invalid_input /);
    expect(errorOf(ended)).toContain(says);
  });
});
