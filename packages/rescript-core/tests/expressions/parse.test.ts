import { describe, expect, test } from "vitest";
import { type ExpressionProblem, Expressions } from "../../src/index.js";
import { parsed } from "./bindings.js";

/** What a text is refused for: the code, the piece of the text, the message, and the remedy. */
function refusal(text: string): readonly unknown[] {
  const result = Expressions.parse(text);
  if (result.ok) throw new Error(`${text} is an expression`);
  const [problem] = result.problems as [ExpressionProblem];
  const { code, message, remedy, span } = problem;
  expect(result.problems).toHaveLength(1);
  return [code, text.slice(span.start, span.end), message, remedy];
}

describe("Expressions.parse", () => {
  test.each([
    ["a * b + c", "(a * b) + c"],
    ["a + b * c", "a + (b * c)"],
    ["a - b - c", "(a - b) - c"],
    ["a / b * c % d", "((a / b) * c) % d"],
    ["a + b < c + d", "(a + b) < (c + d)"],
    ["a < b == c > d", "(a < b) == (c > d)"],
    ["a == b && c != d", "(a == b) && (c != d)"],
    ["a || b && c || d", "(a || (b && c)) || d"],
    ["a in b == c in d", "(a in b) == (c in d)"],
    ["!a.b && -c[0] < d", "(!(a.b)) && ((-(c[0])) < d)"],
    ["!a == b", "(!a) == b"],
    ["- - a", "-(-a)"],
    ["-a.f()", "-(a.f())"],
  ])("reads `%s` as `%s`", (text, bracketed) => {
    const withoutSpans = (source: string): unknown =>
      JSON.parse(JSON.stringify(parsed(source)), (key, value: unknown) =>
        key === "span" ? undefined : value,
      );
    expect(withoutSpans(text)).toEqual(withoutSpans(bracketed));
  });

  test.each([
    ["1", "1"],
    ["007", "7"],
    ["2.50", "2.5"],
    ["1e3", "1000"],
    ["1.5E-3", "0.0015"],
    ["'it\\'s'", "'it\\'s'"],
    [`"it's"`, "'it\\'s'"],
    [`'say "x"'`, `'say "x"'`],
    ["'a\\n\\t\\\\\\u00e9\\/'", "'a\\n\\t\\\\é/'"],
    ["'a\nb'", "'a\\nb'"],
    ["true", "true"],
    ["null", "null"],
    ["[1, [2], ]", "[1, [2]]"],
    ["{a: 1, 'b c': 2, true: 3,}", "{a: 1, 'b c': 2, true: 3}"],
    ["a['b']['c d']['e\"']", 'a.b["c d"][\'e"\']'],
    ["a[b + 1]", "a[b + 1]"],
    ["a.in.true.null.if", "a.in.true.null.if"],
    ["a.b-c - 1", "a.b-c - 1"],
    ["xs.join()", "join(xs)"],
    ["xs.map(x, x.y).filter( y , y > 1 )", "xs.map(x, x.y).filter(y, y > 1)"],
    ["xs\n  .all(x, x)", "xs.all(x, x)"],
    ["has(a.b)", "has(a.b)"],
    ["default(a, 1)", "default(a, 1)"],
    ["default(f(a)[0].b, 1)", "default(f(a)[0].b, 1)"],
    ["if(a, b, c)", "if(a, b, c)"],
    ["(a || b) && c", "(a || b) && c"],
    ["not in xs", "not in xs"],
    ["\u00a0a\ufeff", "a"],
  ])("reads `%s`, which prints as `%s`", (text, printed) => {
    expect(Expressions.print(parsed(text))).toBe(printed);
  });

  test("gives every node its place", () => {
    const text = " default( a.b[0], 'x' ) ";
    const places: [string, string][] = [];
    JSON.stringify(parsed(text), (_, value: unknown) => {
      const { node, span } = value as { node?: { TAG: string }; span?: never };
      const { start, end } = (span ?? {}) as { start: number; end: number };
      if (node !== undefined) places.push([node.TAG, text.slice(start, end)]);
      return value;
    });
    expect(places).toEqual([
      ["Default", "default( a.b[0], 'x' )"],
      ["Index", "a.b[0]"],
      ["Member", "a.b"],
      ["Name", "a"],
      ["Literal", "0"],
      ["Literal", "'x'"],
    ]);
  });

  test("gives the name of a function its place, in both forms of a call", () => {
    const places = ["sizee(x)", "x.sizee()", "x . sizee()"].map((text) => {
      const result = Expressions.parse(text);
      let place: unknown;
      JSON.stringify(result, (_, value: unknown) => {
        if (typeof value === "object" && value !== null && "text" in value && "span" in value)
          place = value.span;
        return value;
      });
      return place;
    });
    expect(places).toEqual([{ start: 0, end: 5 }, { start: 2, end: 7 }, undefined]);
  });

  test.each([
    [
      "this is not valid ((",
      "is",
      "expected an operator or the end, but found `is`",
      "write `==` to compare",
    ],
    ["a > 3 ? 'a' : 'b'", "?", "there is no `?:`", "write `if(condition, then, otherwise)`"],
    ["a = 1", "=", "`=` does not compare", "write `==`"],
    ["a === 1", "===", "`===` is written `==`", undefined],
    ["a !== 1", "!==", "`!==` is written `!=`", undefined],
    ["a & b", "&", "`&` is not an operator", "write `&&`"],
    [
      "a | tojson",
      "|",
      "`|` is not an operator",
      "write `||` for or; a filter is a function, such as `default(path, value)`",
    ],
    ["a and b", "and", "`and` is not an operator", "write `&&`"],
    ["a or b", "or", "`or` is not an operator", "write `||`"],
    ["not a", "not", "`not` is not an operator", "write `!`"],
    ["a not in b", "not", "`not` is not an operator", "write `!(value in list)`"],
    [
      "a ?? b",
      "??",
      "`??` is not an operator",
      "write `default(path, value)` for a value that may be missing or null",
    ],
    ["a?.b", "?.", "`?.` is not an operator", "write `has(path)` or `default(path, value)`"],
    [
      "xs.map(x => x)",
      "=>",
      "there are no arrow functions",
      "write `list.map(x, …)` or `list.filter(x, …)`",
    ],
    [
      "a =~ 'b'",
      "=~",
      "there are no regular expressions",
      "use `contains`, `startsWith` or `endsWith`",
    ],
    ["`a`", "`", "a backtick does not quote text", "quote text with `'` or `\"`"],
    ["“a”", "“", "a curly quote does not quote text", "quote text with `'` or `\"`"],
    ["a # b", "#", "`#` has no meaning in an expression", undefined],
    ["😀", "😀", "`😀` has no meaning in an expression", undefined],
    ["'abc", "'", "this text is not closed", "close the quote"],
    [
      "'\\q'",
      "\\q",
      "`\\q` is not an escape",
      "write `\\\\` for a backslash; `\\n`, `\\'`, `\\\"` and `\\uXXXX` are escapes",
    ],
    [
      "'\\u12'",
      "\\u",
      "`\\u` is not an escape",
      "write `\\\\` for a backslash; `\\n`, `\\'`, `\\\"` and `\\uXXXX` are escapes",
    ],
    [
      "1abc",
      "1abc",
      "`1abc` is not a number",
      "write numbers as JSON does: `12`, `2.5`, `1e3`; quote text",
    ],
    ["1e999", "1e999", "`1e999` is larger than any number", undefined],
    [
      ".5",
      "5",
      "expected a name after `.`: a name does not begin with a digit",
      'write `["5"]`, or `0.5` for a number',
    ],
    [
      "a.2fa",
      "2fa",
      "expected a name after `.`: a name does not begin with a digit",
      'write `["2fa"]`, or `0.2fa` for a number',
    ],
    ["a. b", ".", "expected a name after `.`", undefined],
    ["a.", ".", "expected a name after `.`", undefined],
    ["", "", "the expression is empty", "write an expression, such as `steps.build.output.ok`"],
    ["(a", "", "expected an operator or `)`, but found the end", undefined],
    ["[a b]", "b", "expected `,` or `]`, but found `b`", undefined],
    ["f(a b)", "b", "expected `,` or `)`, but found `b`", undefined],
    ["a[1", "", "expected `]`, but found the end", undefined],
    ["a +", "", "expected a value, but found the end", undefined],
    ["a + * b", "*", "expected a value, but found `*`", undefined],
    ["in", "in", "expected a value, but found `in`", undefined],
    ["{1: 2}", "1", "expected a key: a name or text, but found `1`", undefined],
    ["{a 1}", "1", "expected `:` after the key, but found `1`", undefined],
    ["{a: 1, a: 2}", "a", "the key `a` is written twice", "remove one of them"],
    ["{a: 1 'b'}", "'b'", "expected `,` or `}`, but found a text", undefined],
    ["has(1)", "has(1)", "`has` is not written like this", "write `has(path)`"],
    ["has(a, b)", "has(a, b)", "`has` is not written like this", "write `has(path)`"],
    ["a.has()", "has", "`has` is not written like this", "write `has(path)`"],
    [
      "default(a)",
      "default(a)",
      "`default` is not written like this",
      "write `default(path, value)`",
    ],
    [
      "default(f(a), 1)",
      "default(f(a), 1)",
      "`default` is not written like this",
      "write `default(path, value)`",
    ],
    [
      "a.default(1)",
      "default",
      "`default` is not written like this",
      "write `default(path, value)`",
    ],
    [
      "if(a, b)",
      "if(a, b)",
      "`if` is not written like this",
      "write `if(condition, then, otherwise)`",
    ],
    ["a.if(b, c)", "if", "`if` is not written like this", "write `if(condition, then, otherwise)`"],
    ["map(xs, x, x)", "map(xs, x, x)", "`map` is not written like this", "write `list.map(x, …)`"],
    [
      "xs.map(x.y)",
      "map",
      "`map` needs a name and an expression, but has 1 argument",
      "write `list.map(x, …)`, where `x` names an element",
    ],
    [
      "xs.exists(1, true)",
      "exists",
      "`exists` needs a name and an expression, but has 2 arguments",
      "write `list.exists(x, …)`, where `x` names an element",
    ],
  ])("refuses `%s` at `%s`", (text, at, message, remedy) => {
    expect(refusal(text)).toEqual(["AXW1301", at, message, remedy]);
  });

  test("offers what to write instead where that is known", () => {
    const replacements = ["a = 1", "a and b", "not a", "a & b", "a === b"].map((text) => {
      const result = Expressions.parse(text);
      return result.ok ? undefined : result.problems[0]?.replacement;
    });
    expect(replacements).toEqual(["==", "&&", "!", "&&", "=="]);
  });

  test("reports the first problem, whether the characters or the words show it", () => {
    expect([refusal("a b ? c"), refusal("f(a ? b : c)")]).toEqual([
      ["AXW1301", "b", "expected an operator or the end, but found `b`", undefined],
      ["AXW1301", "?", "there is no `?:`", "write `if(condition, then, otherwise)`"],
    ]);
  });

  test.each([
    ["brackets", (depth: number) => `${"(".repeat(depth)}a${")".repeat(depth)}`],
    ["lists", (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`],
    ["maps", (depth: number) => `${"{a: ".repeat(depth)}1${"}".repeat(depth)}`],
    ["calls", (depth: number) => `${"f(".repeat(depth)}a${")".repeat(depth)}`],
    ["indices", (depth: number) => `${"a[".repeat(depth)}0${"]".repeat(depth)}`],
    ["negations", (depth: number) => `${"!".repeat(depth)}a`],
  ])("accepts %s that nest 64 deep, and no deeper", (_, text) => {
    expect([Expressions.parse(text(64)).ok, refusal(text(65))[0]]).toEqual([true, "AXW1313"]);
  });

  test("accepts a tree that is 256 high, and no higher", () => {
    const chain = (count: number) => `a${" + a".repeat(count)}`;
    const path = (count: number) => `a${".a".repeat(count)}`;
    expect([
      Expressions.parse(chain(255)).ok,
      refusal(chain(256))[0],
      Expressions.parse(path(255)).ok,
      refusal(path(256))[0],
    ]).toEqual([true, "AXW1313", true, "AXW1313"]);
  });

  test("accepts 4,096 characters, and no more", () => {
    const text = (length: number) => `'${"x".repeat(length - 2)}'`;
    expect([
      Expressions.parse(text(4096)).ok,
      refusal(text(4097))[0],
      refusal(`a${" ".repeat(4095)}+ b`)[0],
    ]).toEqual([true, "AXW1313", "AXW1313"]);
  });
});
