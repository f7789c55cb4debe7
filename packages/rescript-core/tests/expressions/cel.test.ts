import { Environment } from "@marcbachmann/cel-js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { evaluated } from "./bindings.js";

/** An expression in both languages: CEL has no `if`, and distinguishes integers from doubles. */
interface Pair {
  readonly ours: string;
  readonly cel: string;
}

type Pairs = fc.Arbitrary<Pair>;

const same = (text: string): Pair => ({ ours: text, cel: text });
const combine = (pairs: readonly Pair[], write: (...texts: string[]) => string): Pair => ({
  ours: write(...pairs.map(({ ours }) => ours)),
  cel: write(...pairs.map(({ cel }) => cel)),
});
const written = (value: string): string => JSON.stringify(value);

const strings = fc.constantFrom(
  "",
  "a",
  "b",
  "ab",
  "a,b",
  " a ",
  "Ab",
  "é",
  "x\ny",
  'say "x"',
  "it's",
);

/** Well-typed expressions, in which the two languages mean the same. */
const { number, text, boolean } = fc.letrec<
  Record<"number" | "text" | "boolean" | "numbers" | "texts", Pair>
>((tie) => {
  const depth = { maxDepth: 5, depthSize: "small", withCrossShrink: true } as const;
  const of = (
    names: readonly ("number" | "text" | "boolean" | "numbers" | "texts")[],
    ...writes: ((...texts: string[]) => string)[]
  ): Pairs =>
    fc
      .tuple(fc.tuple(...names.map((name) => tie(name))), fc.constantFrom(...writes))
      .map(([pairs, write]) => combine(pairs, write));
  const choice = (type: "number" | "text" | "boolean"): Pairs =>
    fc.tuple(tie("boolean"), tie(type), tie(type)).map(([condition, first, second]) => ({
      ours: `if(${condition.ours}, ${first.ours}, ${second.ours})`,
      cel: `(${condition.cel} ? ${first.cel} : ${second.cel})`,
    }));
  const sizes = (type: "text" | "numbers" | "texts"): Pairs =>
    tie(type).map(({ ours, cel }) => ({ ours: `size(${ours})`, cel: `double(size(${cel}))` }));
  return {
    number: fc.oneof(
      depth,
      fc.constantFrom("n", "m", "o.a", "o['a']", "x").map(same),
      fc
        .constantFrom(0, 1, 2, 10, 2.5)
        .map((value) => ({ ours: String(value), cel: value.toFixed(1) })),
      of(
        ["number", "number"],
        (a, b) => `(${a} + ${b})`,
        (a, b) => `(${a} - ${b})`,
        (a, b) => `(${a} * ${b})`,
      ),
      of(
        ["number"],
        (a) => `(${a} / 4.0)`,
        (a) => `(-${a})`,
      ),
      choice("number"),
      sizes("text"),
      sizes("numbers"),
      sizes("texts"),
    ),
    text: fc.oneof(
      depth,
      fc.constantFrom("s", "t", "o.k", "y").map(same),
      strings.map(written).map(same),
      of(["text", "text"], (a, b) => `(${a} + ${b})`),
      of(["text"], (a) => `${a}.trim()`),
      of(["texts", "text"], (a, b) => `${a}.join(${b})`),
      choice("text"),
    ),
    boolean: fc.oneof(
      depth,
      fc
        .constantFrom(
          "true",
          "false",
          "p",
          "o.f",
          "has(o.a)",
          "has(o.none)",
          "('a' in o)",
          "('none' in o)",
        )
        .map(same),
      of(
        ["number", "number"],
        ...["<", "<=", ">", ">=", "==", "!="].map(
          (op) =>
            (a = "", b = "") =>
              `(${a} ${op} ${b})`,
        ),
      ),
      of(
        ["text", "text"],
        ...["<", "<=", ">", ">=", "==", "!="].map(
          (op) =>
            (a = "", b = "") =>
              `(${a} ${op} ${b})`,
        ),
      ),
      of(
        ["text", "text"],
        (a, b) => `${a}.contains(${b})`,
        (a, b) => `${a}.startsWith(${b})`,
        (a, b) => `${a}.endsWith(${b})`,
      ),
      of(
        ["boolean", "boolean"],
        (a, b) => `(${a} && ${b})`,
        (a, b) => `(${a} || ${b})`,
        (a, b) => `(${a} == ${b})`,
      ),
      of(["boolean"], (a) => `(!${a})`),
      of(["number", "numbers"], (a, b) => `(${a} in ${b})`),
      of(["text", "texts"], (a, b) => `(${a} in ${b})`),
      of(
        ["numbers", "boolean"],
        (a, b) => `${a}.exists(x, ${b})`,
        (a, b) => `${a}.all(x, ${b})`,
      ),
      of(
        ["texts", "boolean"],
        (a, b) => `${a}.exists(y, ${b})`,
        (a, b) => `${a}.all(y, ${b})`,
      ),
      of(["numbers", "numbers"], (a, b) => `(${a} == ${b})`),
    ),
    numbers: fc.oneof(
      depth,
      fc.constantFrom("xs", "os.map(e, e.a)").map(same),
      of(
        ["number", "number"],
        (a, b) => `[${a}, ${b}]`,
        (a) => `[${a}]`,
      ),
      of(["numbers", "number"], (a, b) => `${a}.map(x, ${b})`),
      of(["numbers", "boolean"], (a, b) => `${a}.filter(x, ${b})`),
    ),
    texts: fc.oneof(
      depth,
      fc.constantFrom("ts", "os.map(e, e.k)").map(same),
      of(["text", "text"], (a, b) => `[${a}, ${b}]`),
      of(["texts", "text"], (a, b) => `${a}.map(y, ${b})`),
      of(["texts", "boolean"], (a, b) => `${a}.filter(y, ${b})`),
      of(["text"], (a) => `${a}.split(",")`),
    ),
  };
});

const numbers = fc.constantFrom(0, 1, -1, 2, 10, 2.5, 1e6);
const record = fc.record({ a: numbers, k: strings, f: fc.boolean() });
const scopes = fc.record({
  n: numbers,
  m: numbers,
  x: numbers,
  s: strings,
  t: strings,
  y: strings,
  p: fc.boolean(),
  o: record,
  xs: fc.array(numbers, { maxLength: 4 }),
  ts: fc.array(strings, { maxLength: 4 }),
  os: fc.array(record, { maxLength: 3 }),
});

/** Without the check that the elements of a list have one type, which JSON does not know. */
const lenient = new Environment({
  unlistedVariablesAreDyn: true,
  homogeneousAggregateLiterals: false,
});
const standard = new Environment({ unlistedVariablesAreDyn: true });

/** A value of CEL as JSON: integers are `bigint` there. */
function celValue(cel: Environment, text: string, scope: Record<string, unknown>): unknown {
  const value: unknown = cel.evaluate(text, scope);
  return JSON.parse(
    JSON.stringify(value, (_, inner: unknown) =>
      typeof inner === "bigint" ? Number(inner) : inner,
    ),
  );
}

function celOrError(text: string, scope: Record<string, unknown>): unknown {
  try {
    return celValue(standard, text, scope);
  } catch {
    return "an error";
  }
}

const names = { o: { a: 1, none: null }, n: 7, xs: [1, 2], emoji: "\u{1f600}", last: "\uffff" };

describe("an expression that CEL has too", () => {
  test("has the same value, whatever the values of its names are", () => {
    fc.assert(
      fc.property(fc.oneof(number, text, boolean), scopes, ({ ours, cel }, scope) => {
        fc.pre(ours.length <= 4096);
        expect(evaluated(ours, scope)).toEqual(celValue(lenient, cel, scope));
      }),
      { numRuns: 5000, seed: 7 },
    );
  });

  // The list is that of the guide.
  test.each([
    ["every number is a double", "7 / 2", 3.5, 3],
    ["integers and doubles are one type", "1 + 1.5", 2.5, "an error"],
    ["`%` takes any numbers", "5.5 % 2.0", 1.5, "an error"],
    ["division by zero is a failure", "1.0 / 0.0", "value", null],
    ["an infinite result is a failure", "1e308 * 10.0", "value", null],
    ["`&&` does not evaluate past a failure", "o.x && false", "reference", false],
    ["`||` does not evaluate past a failure", "o.x || true", "reference", true],
    ["`exists` does not evaluate past a failure", "xs.exists(x, o.x || x == 2)", "reference", true],
    ["values of different types are unequal", "'1' == 1", false, "an error"],
    ["a list may hold values of different types", "[1, 'a']", [1, "a"], "an error"],
    ["`+` does not join lists", "[1] + [2]", "type", [1, 2]],
    ["booleans have no order", "false < true", "type", true],
    ["a macro takes a list, not a map", "o.all(k, k == 'a')", "type", false],
    ["texts are ordered by code points", "last < emoji", true, false],
    ["`has` is false for null", "has(o.none)", false, true],
    ["`has` looks at every step of the path", "has(o.x.y)", false, "an error"],
    ["a comparison binds tighter than `==`", "1 == 1 < 2", false, "an error"],
    ["the condition of a choice is a call", "if(n > 3, 'a', 'b')", "a", "an error"],
    ["there is no `?:`", "n > 3 ? 'a' : 'b'", "AXW1301", "a"],
    ["a name after a dot may hold hyphens", "o.a-1", "reference", "an error"],
    ["a key of a map may be a name", "{a: 1}.a", 1, "an error"],
    ["`default` replaces what is missing or null", "default(o.x, 1)", 1, "an error"],
    ["`lower` maps every letter", "'É'.lower()", "é", "an error"],
    ["there are no regular expressions", "'a'.matches('a')", "reference", true],
  ])("differs: %s, `%s`", (_, expression, ours, cel) => {
    const found = (() => {
      try {
        return evaluated(expression, names);
      } catch {
        return { kind: "AXW1301" };
      }
    })();
    const isFailure = typeof found === "object" && found !== null && "kind" in found;
    expect([isFailure ? found.kind : found, celOrError(expression, names)]).toEqual([ours, cel]);
  });
});
