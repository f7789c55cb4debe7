import { describe, expect, test } from "vitest";
import {
  ExpressionFailure,
  evaluateText,
  fillValue,
  renderText,
} from "../../src/language/index.js";

const names: Readonly<Record<string, unknown>> = {
  n: 3,
  text: "naïve 😀",
  list: [
    { id: "a", size: 1 },
    { id: "b", size: 2 },
  ],
  map: { a: null, "b-c": { d: [10, 20] } },
  nothing: null,
};
const scope = (name: string): unknown => names[name];

function outcome(source: string): unknown {
  try {
    return evaluateText(source, scope);
  } catch (error) {
    if (error instanceof ExpressionFailure) return `${error.kind} failure`;
    throw error;
  }
}

const values: Readonly<Record<string, readonly (readonly [string, unknown])[]>> = {
  "operators bind as they are written": [
    ["1 + 2 * 3 - 4", 3],
    ["-n + 1", -2],
    ["!(n == 3) || n > 2 && n <= 3", true],
    ["7 / 2", 3.5],
    ["-7 % 4", -3],
    ["'a' + 'b' == 'ab'", true],
    ["1 < 2 == true", true],
    ["2 in [1, 2]", true],
    ["'a' in map", true],
    ["{x: n, 'y z': [1]} == {'y z': [1], x: 3}", true],
    ["1 == '1'", false],
    ["'b' > 'a' && 'b' >= 'b' && 'ab' < 'b'", true],
  ],
  "paths reach own keys and whole indexes": [
    ["map.b-c.d[1]", 20],
    ["map['b-c'].d[0]", 10],
    ["map.b-c.d[0] - 1", 9],
    ["list[2]", "value failure"],
    ["list[0.5]", "value failure"],
    ["map.toString", "reference failure"],
    ["nothing.x", "type failure"],
    ["n.x", "type failure"],
    ["other", "reference failure"],
  ],
  "has and default ask whether a path is there and not null": [
    ["has(map.b-c.d)", true],
    ["has(map.a)", false],
    ["has(map.a.b.c)", false],
    ["has(list[7].id)", false],
    ["default(map.a, 'none')", "none"],
    ["default(n, 1 / 0)", 3],
    ["has(list[1 / 0])", "value failure"],
    ["has(size(list))", "syntax failure"],
  ],
  "conditions are evaluated from the left and only as far as needed": [
    ["false && 1 / 0 == 1", false],
    ["true || 1 / 0 == 1", true],
    ["if(true, 'a', 1 / 0)", "a"],
    ["list.exists(x, x.id == 'a' || x.none)", true],
    ["1 && true", "type failure"],
    ["true && 1", "type failure"],
    ["if(1, 2, 3)", "type failure"],
    ["!n", "type failure"],
  ],
  "macros bind a name in their body": [
    ["list.map(x, x.size * n)", [3, 6]],
    ["list.filter(n, n.size > 1).map(n, n.id)", ["b"]],
    ["list.all(x, x.size > 0)", true],
    ["[].all(x, x)", true],
    ["list.filter(x, x.size)", "type failure"],
    ["n.map(x, x)", "type failure"],
    ["[[1, 2], [3]].map(x, x.map(y, y + 1)).flatten()", [2, 3, 4]],
  ],
  "functions take the types they name": [
    ["size(text)", 7],
    ["size(map) + list.size()", 4],
    ["'ab'.contains('b') && startsWith('ab', 'a') && 'ab'.endsWith('b')", true],
    ["['a', 'b'].join('|') + join(['c', 'd'],)", "a|bcd"],
    ["[1].join('|')", "type failure"],
    ["[1].flatten()", "type failure"],
    ["keys(map)", ["a", "b-c"]],
    ["string([n, null])", "[3,null]"],
    ["number('1e3') + number(2)", 1002],
    ["number('0x1')", "value failure"],
    ["' Ab '.trim().lower() + upper('ß')", "abSS"],
    ["'a,b,,c'.split(',')", ["a", "b", "", "c"]],
    ["split('a', '')", "value failure"],
    ["'a.b.c'.replace('.', '$&')", "a$&b$&c"],
    ["'a'.replace('', 'b')", "value failure"],
    ["size(n)", "type failure"],
    ["size()", "syntax failure"],
    ["toString(n)", "reference failure"],
  ],
  "numbers stay numbers": [
    ["1 / 0", "value failure"],
    ["1 % 0", "value failure"],
    ["1e308 * 10", "value failure"],
    ["-'a'", "type failure"],
    ["1 + 'a'", "type failure"],
    ["1 < 'a'", "type failure"],
    ["1 in 2", "type failure"],
  ],
  "texts have the escapes of JSON": [
    [String.raw`'it\'s' + "\"\u00e9\n"`, `it's"é\n`],
    ["'open", "syntax failure"],
    [String.raw`'\x'`, "syntax failure"],
  ],
  "what is no expression is refused": [
    ["a b", "syntax failure"],
    ["a ? b : c", "syntax failure"],
    ["a.", "syntax failure"],
    ["(1", "syntax failure"],
    ["[1, ", "syntax failure"],
    ["{1: 2}", "syntax failure"],
    ["[,]", "syntax failure"],
    ["{a: 1,, b: 2}", "syntax failure"],
    ["", "syntax failure"],
    ["1 +", "syntax failure"],
    [`${"(".repeat(70)}1${")".repeat(70)}`, "syntax failure"],
    [`'${"a".repeat(5000)}'`, "syntax failure"],
  ],
};

describe("an expression", () => {
  for (const [fact, rows] of Object.entries(values))
    test(fact, () => {
      expect(rows.map(([source]) => [source, outcome(source)])).toEqual(rows);
    });

  test("has a limited number of steps", () => {
    const many = Array.from({ length: 40_000 }, (_, index) => index);
    expect(() => evaluateText("many.map(x, x + 1)", () => many)).toThrow(/more than 100000 steps/);
  });
});

describe("a template", () => {
  test("renders texts as they are and other values as JSON", () => {
    expect(renderText("n=${{ n }} ${{ text }} ${{ map.a }} ${{ {a: {b: n}}.a }}", scope)).toBe(
      'n=3 naïve 😀 null {"b":3}',
    );
  });

  test("writes $${{ as ${{ and never reads a value again", () => {
    const hostile = (): unknown => "${{ secret }}";
    expect(renderText("$${{ no }} ${{ a }}", hostile)).toBe("${{ no }} ${{ secret }}");
  });

  test("keeps the type of a value that is one expression", () => {
    const written = { a: "${{ n }}", b: ["${{ list[0] }}", "${{ n }}!"], c: 1, d: null };
    expect(fillValue(written, scope)).toEqual({
      a: 3,
      b: [{ id: "a", size: 1 }, "3!"],
      c: 1,
      d: null,
    });
  });

  test("is refused where its braces are not closed", () => {
    expect(() => renderText("${{ n", scope)).toThrow("not closed");
    expect(() => renderText("${{ n } }", scope)).toThrow("expected }}");
  });
});
