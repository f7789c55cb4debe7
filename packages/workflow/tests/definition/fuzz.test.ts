import { readdirSync, readFileSync } from "node:fs";
import { WorkflowDefinition } from "@automatosx/schemas";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { WorkflowFormat } from "../../src/index.js";
import { hashDefinition, WorkflowError, WorkflowParser } from "../../src/index.js";
import { HOSTILE_TEXTS } from "./hostile-texts.js";
import { KEY_CASES } from "./issue-cases-keys.js";
import { KIND_CASES } from "./issue-cases-kinds.js";
import { GRAPH_CASES, TEMPLATE_CASES } from "./issue-cases-steps.js";
import { TEXT_CASES } from "./issue-cases-text.js";

const parser = new WorkflowParser();
const folder = new URL("../fixtures/workflows/", import.meta.url);
const real = readdirSync(folder)
  .filter((name) => name.endsWith(".yaml"))
  .map((name) => readFileSync(new URL(name, folder), "utf8"));
const texts = [
  ...TEXT_CASES,
  ...KEY_CASES,
  ...KIND_CASES,
  ...GRAPH_CASES,
  ...TEMPLATE_CASES,
  ...HOSTILE_TEXTS,
].map(({ text }) => text);
const seeds = [...real, ...texts.filter((text) => text.length < 4000)];

/** Every issue must have a place in the text, and `parse` must throw only `WorkflowError`. */
function check(text: string, format: WorkflowFormat): void {
  const lineCount = text.split("\n").length;
  const misplaced = parser
    .validate(text, format)
    .filter(
      ({ line, column }) => line < 1 || line > lineCount || column < 1 || column > text.length + 2,
    );
  expect(misplaced).toEqual([]);
  try {
    const definition = parser.parse(text, format);
    expect([WorkflowDefinition.parse(definition), hashDefinition(definition).length]).toEqual([
      definition,
      64,
    ]);
  } catch (error) {
    if (!(error instanceof WorkflowError) || error.code !== "invalid_definition") throw error;
    // The parser turns an unexpected error in a reader into this issue.
    expect(error.message).not.toContain("could not be read");
  }
}

const format = fc.constantFrom<WorkflowFormat>("yaml", "json");
const pieces = [
  ..."{}[],:#&*!|>'\"%@`-?~ \n\t\\",
  "- ",
  ": ",
  "\n  ",
  "---\n",
  "...",
  "<<",
  "&a ",
  "*a",
  "!!str ",
  "|\n",
  "${{",
  "}}",
  "$${{",
  "null",
  "\u0000",
  "\ud800",
  "\u2028",
  "steps",
  "id: ",
];

/** A text with pieces removed and inserted. */
const mutated = fc
  .tuple(
    fc.constantFrom(...seeds),
    fc.array(fc.tuple(fc.nat(), fc.nat(12), fc.constantFrom("", ...pieces)), {
      minLength: 1,
      maxLength: 6,
    }),
  )
  .map(([seed, edits]) =>
    edits.reduce(
      (text, [at, cut, put]) =>
        text.slice(0, at % (text.length + 1)) + put + text.slice((at % (text.length + 1)) + cut),
      seed,
    ),
  );

describe("WorkflowParser returns a definition or issues with a place", () => {
  test("for random characters", () => {
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 200 }), format, check), {
      numRuns: 2000,
    });
  });

  test("for random bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), format, (bytes, as) =>
        check(Buffer.from(bytes).toString("latin1"), as),
      ),
      { numRuns: 1000 },
    );
  });

  test("for random pieces of YAML", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...pieces, "a", "b"), { maxLength: 40 }),
        format,
        (parts, as) => check(parts.join(""), as),
      ),
      { numRuns: 3000 },
    );
  });

  test("for workflows with a few edits", () => {
    fc.assert(
      fc.property(mutated, (text) => check(text, "yaml")),
      { numRuns: 2000 },
    );
  });

  test("for random values as data", () => {
    fc.assert(
      fc.property(
        fc.object({
          withBigInt: true,
          withDate: true,
          withMap: true,
          withSet: true,
          withTypedArray: true,
          withNullPrototype: true,
          withSparseArray: true,
        }),
        (value) => {
          const outcome = parser.check(value);
          expect(outcome.ok || outcome.issues.length > 0).toBe(true);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
