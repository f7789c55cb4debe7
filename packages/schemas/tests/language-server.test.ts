import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LanguageServer } from "./support/LanguageServer.js";

const schema = new URL("../workflow.schema.json", import.meta.url);
const FIRST_LINE = `# yaml-language-server: $schema=${schema.href}\n`;

let server: LanguageServer;
beforeAll(async () => {
  server = await LanguageServer.start();
}, 60_000);
afterAll(() => server[Symbol.asyncDispose]());

/** Opens a text in which `|` marks the cursor, and returns where that is. */
async function openAt(text: string) {
  const whole = FIRST_LINE + text;
  const before = whole.slice(0, whole.indexOf("|")).split("\n");
  await server.open(whole.replace("|", ""));
  return { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
}

const problemsOf = async (text: string) =>
  (await server.open(FIRST_LINE + text)).map(({ message, range }) => ({
    message,
    line: range.start.line,
    character: range.start.character,
  }));

const EVERY_CONSTRUCT = `
id: all
inputs:
  mode: { enum: [fast, slow], default: fast }
  parts: { type: array, items: { type: string } }
  count: integer
defaults: { agentId: writer, reasks: 1 }
limits: { fanOut: 2000 }
steps:
  - id: plan
    task: { file: plan.md }
    with: { model: opus }
    files: [plan.md]
    output: { type: object, required: [ok], properties: { ok: { type: boolean } } }
  - id: each
    dependencies: [{ plan: ok-or-skipped }]
    if: steps.plan.output.ok
    foreach: inputs.parts
    key: item
    as: part
    concurrency: 2
    order: listed
    steps:
      - { id: test, run: [npm, test] }
      - { id: script, run: { script: env, shell: [bash], env: { A: b }, okExitCodes: [0, 1] } }
    outputs: { result: "\${{ steps.test.output }}" }
  - id: again
    dependencies: [plan, { each: done }]
    join: any
    loop: { max: 3, until: false, every: 5s, onMax: continue }
    agentId: { from: "'writer'", oneOf: [writer, editor] }
    task: write
outputs: { all: "\${{ steps.each.output }}" }
`;

const EVERY_WAITING_CONSTRUCT = `
id: waiting
defaults: { agentId: writer, timeout: { attempt: 10m, total: 3600000 }, effect: pure }
limits: { agents: { writer: { rate: 10/min, scope: vendor, reserve: { usd: 0.5 } } } }
budget: { usd: 8, wall: 2h, at: { 80%: warn, 100%: fail }, unmetered: allow }
steps:
  - id: plan
    task: Plan
    retry: { on: [transient, check] }
    fallback: { agents: [editor], on: refused }
    check:
      - { that: output != '', message: empty }
      - { run: [npm, test], timeout: 1m }
      - { agentId: editor, task: Good? }
  - id: review
    gate: { ask: Go?, form: { size: [small, large], note: string? }, expires: 24h, onExpire: skip }
  - { id: rest, wait: 10m }
  - { id: deployed, wait: { signal: deployed, timeout: 1h, onTimeout: continue } }
  - id: pay
    task: Pay
    fallback: [editor]
    effect: external
    session: { from: plan }
    reconcile: { task: Paid? }
    check: { that: output != '' }
  - { id: halt, if: false, stop: { as: failed, reason: no } }
on:
  failure: [{ task: Report }]
  always: [{ id: clean, run: [rm, x] }]
`;

describe("the YAML language server with the schema of workflow files", () => {
  test("completes the keys of a step, also of an inner step", async () => {
    const step = await openAt("id: w\nsteps:\n  - id: a\n    fore|\n");
    const keys = await server.completions(step);
    const inner = await openAt(
      "id: w\nsteps:\n  - id: a\n    steps:\n      - id: b\n        fore|\n",
    );
    const innerKeys = await server.completions(inner);
    expect([keys.includes("foreach"), keys.includes("loop"), innerKeys]).toEqual([
      true,
      true,
      keys,
    ]);
  });

  test("completes the words that a key accepts", async () => {
    const place = await openAt("id: w\nsteps:\n  - id: a\n    task: t\n    join: |\n");
    expect(await server.completions(place)).toEqual(["ok", "ok-or-skipped", "done", "any"]);
  });

  test.each([
    ["a gate", "gate: { as| }", "ask"],
    ["a wait", "wait: { sig| }", "signal"],
    ["a check", "task: t\n    check: [{ th| }]", "that"],
  ])("completes the keys of %s", async (_, line, key) => {
    const place = await openAt(`id: w\nsteps:\n  - id: a\n    ${line}\n`);
    expect(await server.completions(place)).toContain(key);
  });

  test("explains a key under the cursor, with an example", async () => {
    const place = await openAt("id: w\nsteps:\n  - id: a\n    task: t\n    fo|reach: [p]\n");
    const text = (await server.hover(place)).replaceAll("\\", "");
    expect(text).toContain("Runs the step once for each item of a list");
    expect(text).toContain("steps.plan.output.parts");
  });

  test("reports an unknown key at its place, and nothing else", async () => {
    expect(
      await problemsOf("id: w\nsteps:\n  - id: a\n    task: t\n    agentId: b\n    forech: [p]\n"),
    ).toEqual([{ message: "Property forech is not allowed.", line: 6, character: 4 }]);
  });

  test("reports an unknown key of a program of an inner step", async () => {
    const text =
      "id: w\nsteps:\n  - id: a\n    steps:\n      - { id: b, run: { script: x, cwd: y } }\n";
    const [problem] = await problemsOf(text);
    expect(problem).toEqual({ message: "Property cwd is not allowed.", line: 5, character: 35 });
  });

  test("accepts every construct", async () => {
    expect(await problemsOf(EVERY_CONSTRUCT)).toEqual([]);
  });

  test("finds nothing wrong with gates, waits, failures and budgets", async () => {
    expect(await problemsOf(EVERY_WAITING_CONSTRUCT)).toEqual([]);
  });

  test("reports a word that a stop does not have", async () => {
    const text = "id: w\nsteps:\n  - { id: a, stop: { as: success } }\n";
    expect((await problemsOf(text)).map(({ line, character }) => [line, character])).toEqual([
      [3, 25],
    ]);
  });
});
