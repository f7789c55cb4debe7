import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { WorkflowParser } from "../../src/index.js";
import { KEY_CASES } from "./issue-cases-keys.js";
import { GRAPH_CASES, TEMPLATE_CASES } from "./issue-cases-steps.js";

const parser = new WorkflowParser();

/** Data must have the same outcome as its JSON text, including every word and place. */
function expectAsItsText(data: object): void {
  expect(parser.check(data)).toEqual(parser.check(JSON.stringify(data, null, 2), "json"));
}

const dataOf = (text: string): unknown =>
  parse(text, { logLevel: "silent", strict: false, uniqueKeys: false }) as unknown;
const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

const examples = new URL("../../../../examples/", import.meta.url);
const workflows = readdirSync(examples)
  .filter((name) => name.endsWith(".yaml"))
  .map((name) => [name, dataOf(readFileSync(new URL(name, examples), "utf8"))] as const);
const faulty = [...KEY_CASES, ...GRAPH_CASES, ...TEMPLATE_CASES].map(
  ({ what, text }) => [what, dataOf(text)] as const,
);

const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)]);
const withContext = (context: unknown): object => ({
  name: "n",
  context,
  steps: [{ id: "a", agentId: "w", task: "t" }],
});

describe("WorkflowParser.check of data", () => {
  test.each([...workflows, ...faulty].filter(([, data]) => isObject(data)))(
    "agrees with the check of the text: %s",
    (_, data) => {
      expectAsItsText(data as object);
    },
  );

  test.each([
    ["the key __proto__", withContext(JSON.parse('{"__proto__":{"a":1}}'))],
    ["a control character", withContext({ a: "\u0000" })],
    ["half of a character in a key", withContext({ "\ud800": 1 })],
    ["a number that cannot be kept", withContext({ a: 2 ** 60 })],
    ["numbers that can be kept", withContext({ a: 1e21, b: 0.1, c: -0 })],
    ["64 levels", withContext(deep(63))],
    ["65 levels", withContext(deep(64))],
    ["a number as the version", { ...withContext({}), version: 1.5 }],
    [
      "a limit of an unused agent",
      { ...withContext({}), limits: { agents: { v: { concurrency: 1 } } } },
    ],
    ["a list", []],
  ])("agrees with the check of the text: %s", (_, data) => expectAsItsText(data));

  test("agrees with the check of the text for any data", () => {
    const names = fc.constantFrom(
      "id",
      "name",
      "steps",
      "agentId",
      "task",
      "dependencies",
      "retry",
      "x-a",
      "inputs",
      "a",
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom<unknown>("a", "b", "${{ steps.a.output }}", 1, true, null, -1, "\u001b"),
        fc.array(tie("tree"), { maxLength: 4 }),
        fc.dictionary(names, tie("tree"), { maxKeys: 6, noNullPrototype: true }),
      ),
    }));
    fc.assert(
      fc.property(tree.filter(isObject), (data) => expectAsItsText(data)),
      { numRuns: 1000 },
    );
  });
});
