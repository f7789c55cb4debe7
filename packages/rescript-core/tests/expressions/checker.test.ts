import { describe, expect, test } from "vitest";
import { Checker, type ExpressionFinding, ValueTypes } from "../../src/index.js";
import { findingsIn, parsed, scopeOf } from "../support/checking.js";

const object = (
  properties: Readonly<Record<string, unknown>>,
  required: readonly string[] = Object.keys(properties),
) => ({ type: "object", required, properties });

const text = { type: "string" };
const number = { type: "number" };
const names = {
  inputs: object(
    {
      n: number,
      name: text,
      ok: { type: "boolean" },
      list: { type: "array", items: text },
      opt: text,
      mode: { enum: ["fast", "slow"] },
      files: { type: "array", items: object({ path: text, note: text }, ["path"]) },
      map: { type: "object", additionalProperties: number },
      maybe: { type: ["string", "null"] },
      either: { type: ["string", "number"] },
      gaps: { type: "array", items: { type: ["string", "null"] } },
    },
    ["n", "name", "ok", "list", "mode", "files", "map", "maybe", "either", "gaps"],
  ),
  context: { ...object({ region: text }), additionalProperties: true },
  run: object({ id: text }),
  secrets: text,
};
const steps = {
  a: {
    output: object({ kind: { enum: ["BUG", "FEATURE"] }, note: text, n: { type: "integer" } }, [
      "kind",
      "n",
    ]),
  },
  review: { output: object({ note: text }), statuses: ["completed", "skipped"] },
  risky: { output: text, statuses: ["completed", "failed"] },
  free: {},
  "my-step": { output: object({ "big-number": number }) },
  shape: {
    output: {
      oneOf: [
        object({ kind: { const: "circle" }, r: number }),
        object({ kind: { const: "label" }, text }),
      ],
    },
  },
  fix: { output: object({ passed: { type: "boolean" } }), hasRounds: true },
} as const;
const outOfScope = (name: string) =>
  name === "item" || name === "run.dir"
    ? { code: "AXW1312", message: `\`${name}\` is not available here` }
    : undefined;
const scope = scopeOf(names, steps, outOfScope);

const typeOfText = (expression: string): string => {
  const { valueType, findings } = Checker.check(parsed(expression), scope);
  expect(findings).toEqual([]);
  return ValueTypes.describe(valueType);
};
const firstFinding = (expression: string): ExpressionFinding | undefined =>
  Checker.check(parsed(expression), scope).findings[0];

describe("Checker.check", () => {
  test.each([
    ["1 + 2 * 3", "an integer"],
    ["7 / 2", "a number"],
    ["'a' + inputs.name", "a string"],
    ["[1, 2.5]", "a list of one of 1, 2.5"],
    ["{a: {b: true}}.a.b", "true"],
    ["inputs.files.map(f, f.path)", "a list of strings"],
    ["inputs.files.filter(f, has(f.note)).map(f, f.note).join(', ')", "a string"],
    ["[[1, 2], [3]].flatten()", "a list of one of 1, 2, 3"],
    ["[].map(x, x.y)", "an empty list"],
    ["steps.a.output.kind", "one of 'BUG', 'FEATURE'"],
    ["steps['my-step'].output.big-number - 1", "a number"],
    ["steps.review.output", "an object with note or null"],
    ["steps.review.status", "one of 'completed', 'skipped'"],
    ["steps.risky.error", "a string or null"],
    ["steps.fix.rounds", "an integer"],
    ["default(steps.review.output.note, 3)", "a string or 3"],
    ["default(inputs.map[inputs.name], 0) + 1", "a number"],
    ["if(inputs.ok, 1, 'x')", "one of 1, 'x'"],
    ["inputs.list[size(inputs.list) - 1]", "a string"],
    ["keys(inputs.map)", "a list of strings"],
    ["secrets.TOKEN", "a string"],
    ["context.region", "a string"],
    ["steps.free.output.x.y", "any value"],
    ["number(inputs.name) % 2 == 0 && -inputs.n < 3", "a boolean"],
    ["'src' in inputs.map || inputs.name in ['a', 'b']", "a boolean"],
    ["inputs.files.exists(inputs, inputs.path == 'x') && inputs.ok", "a boolean"],
  ])("gives %s the type %s", (expression, type) => {
    expect(typeOfText(expression)).toBe(type);
  });

  test.each([
    // names
    ["itm.name", ["AXW1310 itm"]],
    ["item.name", ["AXW1312 item.name"]],
    ["run.dir + '/x'", ["AXW1312 run.dir"]],
    ["secrets", ["AXW1312 secrets"]],
    ["secrets[inputs.name]", ["AXW1312 secrets[inputs.name]"]],
    ["steps.ghost.output.x", ["AXW1304 steps.ghost.output.x"]],
    ["steps", ["AXW1301 steps"]],
    ["steps.a", ["AXW1301 steps.a"]],
    ["steps[inputs.name].output", ["AXW1301 steps[inputs.name].output"]],
    ["inputs.nam", ["AXW1306 inputs.nam"]],
    ["context.regon", ["AXW1307 (warning) context.regon"]],
    ["sizee(inputs.list) > 1", ["AXW1311 sizee"]],
    ["inputs.list.length", ["AXW1403 inputs.list.length"]],
    // properties
    ["steps.a.output.kindd", ["AXW1403 kindd"]],
    ["steps.a.output['kindd']", ["AXW1403 kindd"]],
    ["steps.a.outputs.kind", ["AXW1403 outputs"]],
    ["steps.a.rounds", ["AXW1403 rounds"]],
    ["steps.a.output.n-1 > 0", ["AXW1403 n-1"]],
    ["inputs.files.map(f, f.pth)", ["AXW1403 pth"]],
    ["inputs.name.first", ["AXW1403 first"]],
    ["has(steps.review.output.nte)", ["AXW1403 nte"]],
    ["default(inputs.name.first, 1)", ["AXW1403 first"]],
    ["{a: 1}.b", ["AXW1403 b"]],
    // absent and null
    ["steps.a.output.note", ["AXW1404 steps.a.output.note"]],
    ["inputs.opt == 'x'", ["AXW1404 inputs.opt"]],
    ["inputs.map.x + 1", ["AXW1404 inputs.map.x"]],
    ["inputs.map[inputs.name] + 1", ["AXW1404 inputs.map[inputs.name]"]],
    ["steps.review.output.note", ["AXW1405 steps.review.output.note"]],
    ["inputs.maybe + 'x'", ["AXW1405 inputs.maybe"]],
    ["size(inputs.maybe)", ["AXW1405 inputs.maybe"]],
    ["inputs.gaps.join(',')", ["AXW1405 inputs.gaps"]],
    // operands
    ["inputs.n + 'x'", ["AXW1401 inputs.n + 'x'"]],
    ["inputs.either + 1", ["AXW1401 inputs.either + 1"]],
    ["inputs.list < 3", ["AXW1401 inputs.list < 3"]],
    ["-inputs.name", ["AXW1401 inputs.name"]],
    ["!inputs.name", ["AXW1401 inputs.name"]],
    ["inputs.ok && inputs.n", ["AXW1401 inputs.n"]],
    ["inputs.n == 'x'", ["AXW1401 inputs.n == 'x'"]],
    ["inputs.n in ['a']", ["AXW1401 inputs.n in ['a']"]],
    ["'a' in inputs.name", ["AXW1401 'a' in inputs.name"]],
    ["inputs.n in inputs.map", ["AXW1401 inputs.n in inputs.map"]],
    ["inputs.list['a']", ["AXW1403 a"]],
    ["inputs.list[inputs.name]", ["AXW1401 inputs.name"]],
    ["inputs.map[0]", ["AXW1401 0"]],
    ["inputs.n.map(x, x)", ["AXW1401 inputs.n"]],
    ["inputs.list.filter(x, x)", ["AXW1402 x"]],
    ["if(inputs.n, 1, 2)", ["AXW1402 inputs.n"]],
    ["size(inputs.n)", ["AXW1401 inputs.n"]],
    ["trim()", ["AXW1401 trim()"]],
    ["inputs.list.join(1)", ["AXW1401 1"]],
    ["[1, 2].join(',')", ["AXW1401 [1, 2]"]],
    ["inputs.list.flatten()", ["AXW1401 inputs.list"]],
    // comparisons
    ["steps.a.output.kind == 'BUGS'", ["AXW1406 'BUGS'"]],
    ["'BUGS' != steps.a.output.kind", ["AXW1406 'BUGS'"]],
    ["steps.a.output.kind in ['BUG', 'FEATUR']", ["AXW1406 'FEATUR'"]],
    ["steps.review.status == 'complete'", ["AXW1406 'complete'"]],
    ["steps.free.output == 'yes'", ["AXW1406 (warning) 'yes'"]],
    ["steps.a.output == null", ["AXW1407 (warning) steps.a.output == null"]],
    ["steps.review.status == 'failed'", ["AXW1407 (warning) steps.review.status == 'failed'"]],
    ["inputs.mode == 'fast' && inputs.mode == 'slow'", ["AXW1407 (warning) inputs.mode == 'slow'"]],
    ["has(steps.a.output.kind)", ["AXW1407 (warning) has(steps.a.output.kind)"]],
    ["inputs.name in []", ["AXW1407 (warning) inputs.name in []"]],
    // all at once, in the order of the text
    [
      "inputs.m > 1 && sizee(inputs.n) == 1 || steps.a.output.kind == 'BUGS'",
      ["AXW1306 inputs.m", "AXW1311 sizee", "AXW1406 'BUGS'"],
    ],
  ])("finds what is wrong in %s", (expression, findings) => {
    expect(findingsIn(expression, scope)).toEqual(findings);
  });

  test.each([
    "has(inputs.opt) && inputs.opt == 'x'",
    "!has(inputs.opt) || inputs.opt == 'x'",
    "!(has(inputs.opt) && inputs.ok) || inputs.opt == 'x'",
    "if(has(inputs.opt), inputs.opt, '') == 'x'",
    "steps.review.output != null && steps.review.output.note != ''",
    "null == steps.review.output || steps.review.output.note != ''",
    "steps.review.status == 'completed' && steps.review.output.note != ''",
    "steps.review.status != 'skipped' && steps.review.output.note != ''",
    "steps.risky.status == 'failed' && steps.risky.error.contains('x')",
    "steps.risky.status in ['failed'] && steps.risky.error.contains('x')",
    "steps.risky.error == null && steps.risky.output.contains('x')",
    "steps.shape.output.kind == 'circle' && steps.shape.output.r > 1",
    "steps.shape.output.kind != 'circle' && steps.shape.output.text != ''",
    "steps.shape.output.kind == 'circle' || steps.shape.output.text != ''",
    "if(steps.shape.output.kind == 'circle', steps.shape.output.r, 0) > 1",
    "default(inputs.opt, 'a') == 'b' && inputs.opt.startsWith('b')",
    "has(inputs.files[0].note) && inputs.files[0].note != ''",
    "inputs.gaps.filter(g, g != null).join(',') == ''",
    "inputs.gaps.all(g, g == null || g.trim() != '')",
    "inputs.ok && inputs.maybe != null && inputs.maybe.trim() == '' || inputs.n > 1",
  ])("accepts %s, since its condition guards it", (expression) => {
    expect(findingsIn(expression, scope)).toEqual([]);
  });

  test.each([
    ["has(inputs.opt) || inputs.opt == 'x'", ["AXW1404 inputs.opt"]],
    ["(has(inputs.opt) || inputs.ok) && inputs.opt == 'x'", ["AXW1404 inputs.opt"]],
    ["!has(inputs.opt) && inputs.opt == 'x'", ["AXW1404 inputs.opt"]],
    ["!(has(inputs.opt) || inputs.ok) || inputs.opt == 'x'", ["AXW1404 inputs.opt"]],
    ["if(has(inputs.opt), 'x', inputs.opt) == 'x'", ["AXW1404 inputs.opt"]],
    ["has(inputs.opt) == inputs.ok && inputs.opt == 'x'", ["AXW1404 inputs.opt"]],
    [
      "inputs.files.exists(f, has(f.note)) && inputs.files.exists(f, f.note != '')",
      ["AXW1404 f.note"],
    ],
    [
      "inputs.files.exists(f, has(f.note) && inputs.files.exists(f, f.note != ''))",
      ["AXW1404 f.note"],
    ],
    ["has(inputs.files[0].note) && inputs.files[1].note != ''", ["AXW1404 inputs.files[1].note"]],
    ["steps.shape.output.r > 1", ["AXW1404 steps.shape.output.r"]],
    [
      "(steps.review.output == null || inputs.ok) && steps.review.output.note != ''",
      ["AXW1405 steps.review.output.note"],
    ],
  ])("refuses %s, since its condition guards nothing", (expression, findings) => {
    expect(findingsIn(expression, scope)).toEqual(findings);
  });

  test.each([
    ["steps.a.output.kind == 'BUGS'", "'BUG'"],
    ["inputs.nam", "inputs.name"],
    ["inputs.list.length", "size(inputs.list)"],
    ["steps.a", "steps.a.output"],
    ["steps.a.result", "output"],
    ["steps.a.kind", "output.kind"],
    ["steps.a.output.n-1", "n - 1"],
    ["inputs.name.toUpperCase()", "upper"],
    ["name", "inputs.name"],
    ["review.note", "steps.review.output"],
    ["context.regon", "context.region"],
  ])("knows what is meant by %s", (expression, replacement) => {
    expect(firstFinding(expression)?.replacement).toBe(replacement);
  });

  test("says what is wrong, and what to do", () => {
    const said = [
      "steps.review.output.note",
      "steps.a.output.note",
      "inputs.n + 'x'",
      "inputs.nam",
      "steps.a.output.kindd",
    ].map((expression) => {
      const { message, remedy } = firstFinding(expression) ?? {};
      return [message, remedy];
    });
    expect(said).toEqual([
      [
        "`steps.review.output` may be null: the step may have been skipped",
        "write `default(steps.review.output.note, …)`, " +
          "or use it only where `has(steps.review.output.note)` holds",
      ],
      [
        "`steps.a.output.note` may be absent",
        "write `default(steps.a.output.note, …)`, use it only where " +
          "`has(steps.a.output.note)` holds, or list `note` under `required` of the schema",
      ],
      [
        "`+` needs two numbers or two strings, and `inputs.n` is a number, `'x'` is a string",
        "write `string(inputs.n)`",
      ],
      ["the input `nam` is not declared", "write `inputs.name`"],
      ["`steps.a.output` has no `kindd`", "write `kind`"],
    ]);
  });

  test("is certain unless a value of type any is used", () => {
    const certain = ["inputs.n + 1", "steps.free.output", "string(steps.free.output)"];
    const uncertain = ["steps.free.output + 1", "steps.free.output.x", "size(steps.free.output)"];
    const verdicts = [...certain, ...uncertain].map(
      (expression) => Checker.check(parsed(expression), scope).isCertain,
    );
    expect(verdicts).toEqual([true, true, true, false, false, false]);
  });

  test("looks at each part of a condition once, however deep `&&` and `||` alternate", () => {
    const nested = (depth: number): string =>
      depth === 0
        ? "has(inputs.opt)"
        : `(${nested(depth - 1)} ${depth % 2 === 0 ? "&&" : "||"} !inputs.ok)`;
    const expression = `!${nested(60)} && !inputs.ok`;
    expect(findingsIn(expression, scope)).toEqual([]);
  });

  test("ends soon where nested macros double a type at each level", () => {
    const doubling = (depth: number): string =>
      depth === 0 ? "[1]" : `${doubling(depth - 1)}.map(x, {l: x, r: x})`;
    const { valueType, findings } = Checker.check(parsed(doubling(60)), scope);
    expect([findings, ValueTypes.canBe(valueType, "list")]).toEqual([[], true]);
  });
});

describe("Checker.checkCondition", () => {
  test.each([
    ["inputs.name", ["AXW1402 inputs.name"]],
    ["steps.fix.output", ["AXW1402 steps.fix.output"]],
    [
      "inputs.mode != 'fast' && inputs.mode != 'slow' && inputs.ok",
      ["AXW1407 (warning) inputs.mode != 'slow'"],
    ],
    ["inputs.ok && !inputs.ok", ["AXW1407 (warning) inputs.ok && !inputs.ok"]],
    ["true", []],
    ["inputs.ok", []],
  ])("finds what is wrong in %s", (expression, findings) => {
    expect(findingsIn(expression, scope, Checker.checkCondition)).toEqual(findings);
  });

  test("tells what the condition can come to", () => {
    const answers = ["inputs.ok", "false", "steps.a.output == null", "steps.free.output"].map(
      (expression) => {
        const { canBeTrue, canBeFalse } = Checker.checkCondition(parsed(expression), scope);
        return [canBeTrue, canBeFalse];
      },
    );
    expect(answers).toEqual([
      [true, true],
      [false, true],
      [false, true],
      [true, true],
    ]);
  });

  test("takes a boolean that may be null for no condition", () => {
    const nullable = scopeOf({ inputs: object({ ok: { type: ["boolean", "null"] } }) });
    expect(findingsIn("inputs.ok", nullable, Checker.checkCondition)).toEqual([
      "AXW1405 inputs.ok",
    ]);
  });
});

describe("Checker.checkList", () => {
  test.each([
    ["inputs.list", []],
    ["inputs.name", ["AXW1409 inputs.name"]],
    ["inputs.map", ["AXW1409 inputs.map"]],
  ])("finds what is wrong in %s", (expression, findings) => {
    expect(findingsIn(expression, scope, Checker.checkList)).toEqual(findings);
  });
});

describe("Checker.checkInText", () => {
  test.each([
    ["steps.risky.output", ["AXW1412 (warning) steps.risky.output"]],
    ["steps.a.output", []],
    ["steps.free.output", []],
  ])("finds what is wrong in %s", (expression, findings) => {
    expect(findingsIn(expression, scope, Checker.checkInText)).toEqual(findings);
  });
});

describe("Checker.assume", () => {
  test("narrows the expressions that depend on the condition", () => {
    const condition = parsed("steps.review.status == 'completed' && has(inputs.opt)");
    const then = Checker.assume(condition, scope, true);
    const otherwise = Checker.assume(condition, scope, false);
    const expression = "steps.review.output.note + inputs.opt";
    expect([findingsIn(expression, then), findingsIn(expression, otherwise)]).toEqual([
      [],
      ["AXW1405 steps.review.output.note", "AXW1404 inputs.opt"],
    ]);
  });
});
