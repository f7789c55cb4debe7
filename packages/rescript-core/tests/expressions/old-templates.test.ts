import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Templates } from "../../src/index.js";
import { bindingsOf, type Names } from "./bindings.js";
import { parseTask, type RenderedTask, renderTask } from "./old-renderer.js";

const packages = path.join(import.meta.dirname, "..", "..", "..");
const read = (folder: string) =>
  readdirSync(folder)
    .filter((name) => /\.(?:ya?ml|json)$/.test(name))
    .map((name) => readFileSync(path.join(folder, name), "utf8"));
/** The texts of workflows of this and of other projects. */
const gathered = [
  ...read(path.join(packages, "workflow", "tests", "fixtures", "workflows")),
  ...read(path.join(packages, "..", "examples")),
];

const names = fc.constantFrom(
  "build",
  "review",
  "a",
  "b-c",
  "output",
  "length",
  "__proto__",
  "constructor",
);
const keys = fc.constantFrom("my key", "a.b", "}}", "${{", 'say "x"', "a", "ä");
const texts = fc.constantFrom("", "x", "${{ inputs.a }}", "}}", "$", "é😀", "\n", "{{ a }}");

const values = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(null, true, false, 0, -0, 1.5, 1e21, -7),
    texts,
    fc.array(tie("value"), { maxLength: 3 }),
    fc
      .array(fc.tuple(fc.oneof(names, keys), tie("value")), { maxLength: 4 })
      .map(Object.fromEntries),
  ),
})).value;
const maps = fc
  .array(fc.tuple(fc.oneof(names, keys), values), { maxLength: 5 })
  .map((entries) => Object.fromEntries(entries) as Record<string, unknown>);

const quote = (key: string) => (key.includes('"') ? `['${key}']` : `["${key}"]`);
const element = fc.oneof(
  { weight: 4, arbitrary: names.map((name) => `.${name}`) },
  { weight: 2, arbitrary: fc.nat({ max: 3 }).map((index) => `[${index}]`) },
  { weight: 1, arbitrary: fc.constantFrom("[00]", "[007]") },
  { weight: 2, arbitrary: keys.map(quote) },
  { weight: 1, arbitrary: keys.filter((key) => !key.includes('"')).map((key) => `['${key}']`) },
);
const reference = fc
  .tuple(
    fc.oneof(
      names.map((name) => `steps.${name}.output`),
      names.map((name) => `steps["${name}"]['output']`),
      names.map((name) => `inputs.${name}`),
      fc.oneof(names, keys).map((key) => `context${quote(key)}`),
    ),
    fc.array(element, { maxLength: 4 }),
    fc.constantFrom(" ", "", "\n  ", "\u00a0", "\t"),
  )
  .map(([start, rest, space]) => `\${{${space}${start}${rest.join("")}${space}}}`);
const piece = fc.oneof(
  { weight: 5, arbitrary: reference },
  {
    weight: 2,
    arbitrary: fc.constantFrom("$${{ x", "$", "$$", " ", "}}", "{{ a }}", "'", '"', "\\"),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom("${{", "${{ a b }}", "${{ inputs }}", "${{ 1 + 2 }}", "${{ }}"),
  },
  { weight: 3, arbitrary: fc.string({ maxLength: 5 }) },
);
const run = fc.record({
  results: maps,
  inputs: maps,
  context: maps,
});

function bindings(of: { results: object; inputs: unknown; context: unknown }): Names {
  const steps = Object.entries(of.results).map(([id, output]) => [
    id,
    { output: output as unknown },
  ]);
  return {
    inputs: of.inputs,
    context: of.context,
    steps: Object.fromEntries(steps) as Names["steps"] & {},
  };
}

function old(
  task: string,
  of: {
    results: Record<string, unknown>;
    inputs: Record<string, unknown>;
    context: Record<string, unknown>;
  },
): RenderedTask {
  const results = (id: string) => (Object.hasOwn(of.results, id) ? of.results[id] : undefined);
  return renderTask(task, { ...of, results });
}

function now(task: string, of: Names): RenderedTask {
  const { parts, problems } = Templates.parse(task);
  if (problems.length > 0) return { ok: false, error: problems[0]?.code ?? "" };
  const result = Templates.render(parts, bindingsOf(of));
  return result.ok ? result : { ok: false, error: result.failure.message };
}

/** What the new language adds to a message of the old one. */
const HINT = /\. (?:Write `size\(.*\)`|In a name, `-` is a hyphen: write spaces around a minus)$/s;

function expectSame(
  task: string,
  of: Parameters<typeof old>[1],
  same: (result: RenderedTask) => unknown,
): void {
  // What was no template in 0.1.0 may be one now: an operator, a call.
  const wasClosed = parseTask(task).problems.every(({ kind }) => kind !== "unclosed");
  if (parseTask(task).problems.length > 0) {
    if (!wasClosed)
      expect(Templates.parse(task).problems.map(({ code }) => code)).toContain("AXW1302");
    return;
  }
  const expected = old(task, of);
  const actual = now(task, bindings(of));
  expect(same(actual)).toEqual(same(expected));
}

describe("a template of version 0.1.0", () => {
  test("gives the same text or the same failure, whatever its references and values", () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), run, (pieces, of) => {
        expectSame(pieces.join(""), of, (result) =>
          result.ok ? result : { ok: false, error: result.error.replace(HINT, "") },
        );
      }),
      { numRuns: 10_000, seed: 20_260_101 },
    );
  });

  test("gives the same text, or a failure, inside every gathered workflow", () => {
    expect(gathered.length).toBeGreaterThanOrEqual(9);
    fc.assert(
      fc.property(
        fc.nat({ max: gathered.length - 1 }),
        fc.array(fc.tuple(fc.nat(), piece), { maxLength: 3 }),
        run,
        (file, insertions, of) => {
          const text = gathered[file] ?? "";
          const task = insertions.reduce((before, [at, inserted]) => {
            const place = at % (before.length + 1);
            return before.slice(0, place) + inserted + before.slice(place);
          }, text);
          expectSame(task, of, (result) => (result.ok ? result : { ok: false }));
        },
      ),
      { numRuns: 2000, seed: 20_260_102 },
    );
  });
});
