import { describe, expect, test } from "vitest";
import { Expressions, Templates } from "../../src/index.js";
import { bindingsOf, rendered } from "./bindings.js";

const names = {
  inputs: { n: 3, text: "hi ${{ inputs.n }} }}", none: null, map: { a: [1, "x"] } },
  steps: { build: { output: "done" } },
};

describe("Templates.render", () => {
  test.each([
    ["no expression", "plain { } }} $ {{ x }}", "plain { } }} $ {{ x }}"],
    ["a text as it is", "a ${{ steps.build.output }}.", "a done."],
    [
      "all else as compact JSON",
      "${{ inputs.map }} ${{ inputs.none }} ${{ 1 == 1 }}",
      '{"a":[1,"x"]} null true',
    ],
    ["no spaces inside the braces", "${{inputs.n}}", "3"],
    ["an expression over three lines", "${{\n  inputs.n\n}}", "3"],
    ["a value that looks like a template", "${{ inputs.text }}", "hi ${{ inputs.n }} }}"],
    ["an escaped mark", "$${{ not }} ${{ inputs.n }}", "${{ not }} 3"],
    ["an escaped mark after a value", "${{ inputs.n }}$${{ x", "3${{ x"],
    ["an escaped mark after a dollar", "$$${{ x", "$${{ x"],
    ["braces of a map", "${{ {a: {b: 1}}.a.b }}", "1"],
    ["braces of a map next to the closing ones", "${{ {a: {b: 1}}}}", '{"a":{"b":1}}'],
    ["braces in a text", "${{ 'a }} b' }}", "a }} b"],
  ])("replaces %s", (_, text, expected) => {
    expect(rendered(text, names)).toBe(expected);
  });

  test("gives the failure of the first value that has one, at its place in the text", () => {
    expect(rendered("a ${{ 1 / 0 }} ${{ nothing }}", names)).toEqual({
      kind: "value",
      message: "division by zero in `1 / 0`",
      span: { start: 6, end: 11 },
    });
  });
});

describe("Templates.parse", () => {
  test("gives the place of an expression with and without its braces", () => {
    const text = "ab ${{ inputs.n }}!";
    const [, value] = Templates.parse(text).parts;
    if (value === undefined || typeof value === "string") throw new Error("no value");
    expect(
      [value.expression.span, value.outer].map(({ start, end }) => text.slice(start, end)),
    ).toEqual(["inputs.n", "${{ inputs.n }}"]);
  });

  test("reports every problem, in the order of the text", () => {
    const text = "${{ }} ${{ a b }} ${{ 'x }} ${{ inputs.n }} ${{ a ? b }} ${{ a";
    const { parts, problems } = Templates.parse(text);
    expect([
      problems.map(({ code, span }) => [code, text.slice(span.start, span.end)]),
      parts.filter((part) => typeof part !== "string").length,
    ]).toEqual([
      [
        ["AXW1301", ""],
        ["AXW1301", "b"],
        ["AXW1301", "'"],
        ["AXW1301", "?"],
        ["AXW1302", "${{"],
      ],
      1,
    ]);
  });

  test.each(["${{ a", "x ${{ 'a", "${{ {a: 1", "${{"])(
    "reports that `%s` is not closed",
    (text) => {
      expect(Templates.parse(text).problems).toEqual([
        {
          code: "AXW1302",
          message: "this `${{` is not closed",
          span: { start: text.indexOf("${{"), end: text.indexOf("${{") + 3 },
          remedy: "close it with `}}`, or write `$${{` for a literal `${{`",
        },
      ]);
    },
  );

  test("reports an expression that is too long", () => {
    const [problem] = Templates.parse(`\${{ '${"x".repeat(5000)}' }} \${{ inputs.n }}`).problems;
    expect(problem?.code).toBe("AXW1313");
  });
});

describe("Expressions.parseField", () => {
  const text = (source: string) => {
    const result = Expressions.parseField(source);
    if (!result.ok)
      return result.problems.map((problem) => ({
        ...problem,
        at: source.slice(problem.span.start, problem.span.end),
        span: undefined,
      }));
    const { start, end } = result.expression.span;
    return source.slice(start, end);
  };

  test.each([
    ["inputs.n > 3", "inputs.n > 3"],
    ["  inputs.n  ", "inputs.n"],
    ["${{ inputs.n }}", "inputs.n"],
    [" ${{inputs.n}}\n", "inputs.n"],
    ["${{ {a: {b: 1}}.a }}", "{a: {b: 1}}.a"],
  ])("reads `%s`", (source, expression) => {
    expect(text(source)).toBe(expression);
  });

  test.each([
    [
      "${{ a }} && b",
      " && b",
      "`${{ }}` must be around the whole of this field, or not in it at all",
      "remove `${{` and `}}`: the field is an expression without them",
      undefined,
    ],
    [
      "a && ${{ b }}",
      "${{",
      "`${{ }}` does not stand inside an expression",
      "remove `${{` and `}}`: the field is an expression without them",
      undefined,
    ],
    ["{{ a.b }}", "{{ a.b }}", "`{{ }}` is not written around an expression", "write `a.b`", "a.b"],
    ["${{ a b }}", "b", "expected an operator or the end, but found `b`", undefined, undefined],
    ["a b", "b", "expected an operator or the end, but found `b`", undefined, undefined],
  ])("refuses `%s`", (source, at, message, remedy, replacement) => {
    expect(text(source)).toEqual([
      {
        code: "AXW1301",
        message,
        at,
        ...(remedy && { remedy }),
        ...(replacement && { replacement }),
      },
    ]);
  });
});

describe("Templates.fill", () => {
  const filled = (json: unknown) => {
    const read = Templates.read(json);
    if (!read.ok) return read.problems;
    const result = Templates.fill(read.json, bindingsOf(names));
    return result.ok ? result.value : result.failure;
  };

  test("keeps the type of a value that is one expression and nothing else", () => {
    expect(
      filled({
        n: "${{ inputs.n }}",
        text: "n is ${{ inputs.n }}",
        spaced: " ${{ inputs.n }}",
        list: ["${{ inputs.map }}", "$${{ x }}", 7, null, true, ""],
        "${{ inputs.n }}": { __proto__: null, fixed: ["a"] },
      }),
    ).toEqual({
      n: 3,
      text: "n is 3",
      spaced: " 3",
      list: [{ a: [1, "x"] }, "${{ x }}", 7, null, true, ""],
      "${{ inputs.n }}": { fixed: ["a"] },
    });
  });

  test("keeps `__proto__` as a key like any other", () => {
    const json: unknown = JSON.parse('{"__proto__": "${{ inputs.n }}", "a": {"__proto__": "x"}}');
    expect(JSON.stringify(filled(json))).toBe('{"__proto__":3,"a":{"__proto__":"x"}}');
  });

  test("gives the failure of a value", () => {
    expect(filled({ a: ["${{ 1 / 0 }}"] })).toEqual({
      kind: "value",
      message: "division by zero in `1 / 0`",
      span: { start: 4, end: 9 },
    });
  });

  test("reports every problem with the path to its text", () => {
    expect(filled({ a: ["ok", "${{ }}"], b: { c: "${{ x" } })).toMatchObject([
      { path: ["a", "1"], problem: { code: "AXW1301" } },
      { path: ["b", "c"], problem: { code: "AXW1302" } },
    ]);
  });
});
