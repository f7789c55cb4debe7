import { describe, expect, test } from "vitest";
import { Expressions } from "../../src/index.js";
import { bindingsOf, evaluated, failed, parsed } from "./bindings.js";

const names = {
  inputs: {
    n: 3,
    text: "héllo",
    list: [1, 2, 3],
    map: { a: 1, "b-c": { d: null } },
    yes: true,
    none: null,
    files: [
      { name: "a.ts", lines: 20 },
      { name: "b.md", lines: 5 },
    ],
  },
  steps: { build: { output: { ok: true, list: [] }, status: "completed" } },
};

const value = (text: string) => evaluated(text, names);
const failure = (text: string) => Object.values(failed(text, names));

describe("Expressions.evaluate", () => {
  test.each([
    ["7 / 2", 3.5],
    ["7 % 4", 3],
    ["-7 % 4", -3],
    ["5.5 % 2", 1.5],
    ["0.1 + 0.2", 0.30000000000000004],
    ["1 + 2 * 3 - 4", 3],
    ["'a' + 'b'", "ab"],
    ["1 == 1.0", true],
    ["1 == '1'", false],
    ["null == false", false],
    ["[1, {a: [2]}] == [1, {a: [2]}]", true],
    ["{a: 1, b: 2} == {b: 2, a: 1}", true],
    ["{a: 1} == {a: 1, b: 2}", false],
    ["[1] != [1, 2]", true],
    ["-0 == 0", true],
    ["2 < 10 && '2' > '10'", true],
    ["'a' <= 'a' && 'b' >= 'a' && !('a' > 'a')", true],
    ["'\\uffff' < '\\ud83d\\ude00'", true],
    ["'\\ud83d' < '\\ud83d\\ude00'", true],
    ["'a\\ud83d\\ude01' > 'a\\ud83d\\ude00'", true],
    ["2 in [1, 2]", true],
    ["[2] in [[1], [2]]", true],
    ["'a' in inputs.map", true],
    ["'toString' in inputs.map", false],
    ["!inputs.yes || inputs.n == 3", true],
    ["if(inputs.n > 2, 'many', 'few')", "many"],
    ["[1, 'a', null, [true]]", [1, "a", null, [true]]],
    ["{a: {'b c': inputs.n}}.a['b c']", 3],
    ["inputs.list[inputs.list[0]]", 2],
    ["inputs.map['b-c'].d", null],
    ["steps.build.output.ok && steps['build'].status == 'completed'", true],
    ["inputs.files.filter(f, f.lines > 10).map(f, f.name).join(', ')", "a.ts"],
    ["inputs.files.exists(f, f.name.endsWith('.md'))", true],
    ["inputs.files.all(f, f.lines > 5)", false],
    ["[].all(x, x)", true],
    ["[].exists(x, x)", false],
    [
      "[1, 2].map(x, [3, 4].map(y, x * y))",
      [
        [3, 4],
        [6, 8],
      ],
    ],
    [
      "[1, 2].map(x, [3, 4].map(x, x))",
      [
        [3, 4],
        [3, 4],
      ],
    ],
    ["[{output: 1}].map(steps, steps.output)", [1]],
    ["[{a: {output: 2}}].map(steps, steps.a.output)", [2]],
  ])("`%s` is %j", (text, expected) => {
    expect(value(text)).toEqual(expected);
  });

  test.each([
    [
      "inputs.missing",
      "reference",
      "`inputs.missing` is missing: `inputs` has `n`, `text`, `list`, `map`, `yes`, `none`, `files`",
    ],
    [
      "inputs.map.toString",
      "reference",
      "`inputs.map.toString` is missing: `inputs.map` has `a`, `b-c`",
    ],
    [
      "inputs.map.a-1",
      "reference",
      "`inputs.map.a-1` is missing: `inputs.map` has `a`, `b-c`. In a name, `-` is a hyphen: write spaces around a minus",
    ],
    ["inputs.none.x", "type", "`inputs.none.x` is missing: `inputs.none` is null"],
    [
      "inputs.text.length",
      "type",
      "`inputs.text.length` is missing: `inputs.text` is text. Write `size(inputs.text)`",
    ],
    [
      "inputs.list.length",
      "type",
      "`inputs.list.length` is missing: `inputs.list` is a list of 3. Write `size(inputs.list)`",
    ],
    ["inputs.list[3]", "range", "`inputs.list[3]` is missing: `inputs.list` is a list of 3"],
    ["inputs.list[-1]", "range", "`inputs.list[-1]` is missing: `inputs.list` is a list of 3"],
    ["inputs.list[0.5]", "range", "`inputs.list[0.5]` is missing: `inputs.list` is a list of 3"],
    ["inputs.list['a']", "type", "`inputs.list.a` is missing: `inputs.list` is a list of 3"],
    ["inputs.map[0]", "type", "`inputs.map[0]` is missing: `inputs.map` has `a`, `b-c`"],
    ["inputs.list[null]", "type", "an index must be text or a number, but this one is null"],
    ["nothing", "reference", "there is no `nothing` here"],
    [
      "steps",
      "type",
      "`steps` is not a value: write a step and its field, as in `steps.build.output`",
    ],
    ["steps.build", "type", "`steps.build` is not a value: write `steps.build.output`"],
    [
      "steps[inputs.text]",
      "type",
      "a step must be named in the expression, as in `steps.build.output`",
    ],
    ["steps.other.output", "reference", "`steps.other.output` is missing: the step has no result"],
    [
      "steps.build.rounds",
      "reference",
      "`steps.build.rounds` is missing: the step has no `rounds`",
    ],
    [
      "steps.build.result",
      "reference",
      "`steps.build.result` is missing: a step has `output`, `status`, `error` and, if it is a loop, `rounds`",
    ],
    [
      "inputs.n + 'x'",
      "type",
      "`+` needs two numbers or two texts, but `inputs.n` is a number and `'x'` is text",
    ],
    [
      "[1] + [2]",
      "type",
      "`+` needs two numbers or two texts, but `[1]` is a list of 1 and `[2]` is a list of 1",
    ],
    ["'2' * 3", "type", "`*` needs two numbers, but `'2'` is text and `3` is a number"],
    [
      "inputs.map < 3",
      "type",
      "`<` needs two numbers or two texts, but `inputs.map` is a map and `3` is a number",
    ],
    [
      "1 in 'abc'",
      "type",
      "`in` needs a list, or text and a map, but `1` is a number and `'abc'` is text",
    ],
    [
      "'a' in 'abc'",
      "type",
      "`in` looks into a list or a map, and `'abc'` is text. Write `contains(text, part)`",
    ],
    ["!1", "type", "`1` must be true or false, but it is a number"],
    ["1 && true", "type", "`1` must be true or false, but it is a number"],
    ["true && 'x'", "type", "`'x'` must be true or false, but it is text"],
    ["false || null", "type", "`null` must be true or false, but it is null"],
    ["if('true', 1, 2)", "type", "`'true'` must be true or false, but it is text"],
    ["-'1'", "type", "`'1'` must be a number, but it is text"],
    ["inputs.map.map(x, x)", "type", "`inputs.map` must be a list, but it is a map"],
    ["[1].filter(x, x)", "type", "`x` must be true or false, but it is a number"],
    ["1 / 0", "value", "division by zero in `1 / 0`"],
    ["1 % 0", "value", "division by zero in `1 % 0`"],
    ["1e308 * 10", "value", "the result of `1e+308 * 10` is larger than any number"],
    ["-1e308 - 1e308", "value", "the result of `-1e+308 - 1e+308` is larger than any number"],
    ["sizee(1)", "reference", "there is no function `sizee`"],
    ["size()", "type", "`size` needs 1 argument, but has 0"],
    ["'a'.split()", "type", "`split` needs 2 arguments, but has 1"],
    ["join(['a'], '', '')", "type", "`join` needs 1 to 2 arguments, but has 3"],
    ["size(1)", "type", "`size` needs text, a list or a map, but `1` is a number"],
    ["lower(inputs.none)", "type", "`lower` needs text, but `inputs.none` is null"],
    [
      "inputs.list.join('')",
      "type",
      "`join` needs a list of texts, but `inputs.list` is a list of 3",
    ],
    ["[1].flatten()", "type", "`flatten` needs a list of lists, but `[1]` is a list of 1"],
    ["keys(inputs.list)", "type", "`keys` needs a map, but `inputs.list` is a list of 3"],
    ["number(true)", "type", "`number` needs text or a number, but `true` is a boolean"],
    ["number('1 ')", "value", "`number` needs text that is a number, such as `12` or `-2.5`"],
    ["'a'.split('')", "value", "`split` needs a separator that is not empty"],
    ["'a'.replace('', 'b')", "value", "`replace` needs a part that is not empty"],
  ])("`%s` fails: %s, %s", (text, kind, message) => {
    expect(failure(text)).toEqual([kind, message]);
  });

  test.each([
    ["size('a😀é')", 3],
    ["size('\\ud83d')", 1],
    ["size([1, [2, 3]])", 2],
    ["size({a: 1})", 1],
    ["'abc'.startsWith('ab') && startsWith('', '') && !'a'.startsWith('ab')", true],
    ["'abc'.endsWith('bc') && 'a'.endsWith('') && !'a'.endsWith('ba')", true],
    ["'abc'.contains('b') && 'a'.contains('') && !'a'.contains('ab')", true],
    ["'ÄÉß'.lower()", "äéß"],
    ["'äéß'.upper()", "ÄÉSS"],
    ["' \\t\\n a b \\u00a0'.trim()", "a b"],
    ["'a,b,,c'.split(',')", ["a", "b", "", "c"]],
    ["''.split(',')", [""]],
    ["'aaa'.split('aa')", ["", "a"]],
    ["'a.b.c'.replace('.', '$&')", "a$&b$&c"],
    ["'aaa'.replace('aa', 'b')", "ba"],
    ["'aaa'.replace('a', '')", ""],
    ["['a', 'b'].join()", "ab"],
    ["['a', 'b'].join(', ')", "a, b"],
    ["[].join(', ')", ""],
    ["[[1], [], [2, [3]]].flatten()", [1, 2, [3]]],
    ["{b: 1, a: 2}.keys()", ["b", "a"]],
    [
      "[string(1.50), string(true), string(null), string('x'), string([1, {a: 'b'}])]",
      ["1.5", "true", "null", "x", '[1,{"a":"b"}]'],
    ],
    ["string(-0)", "0"],
    ["string(1e21)", "1e+21"],
    ["[number('12'), number('-2.5e1'), number(7)]", [12, -25, 7]],
  ])("`%s` is %j", (text, expected) => {
    expect(value(text)).toEqual(expected);
  });

  test.each([
    "",
    " 1",
    "1 ",
    "0x1",
    "01",
    "1.",
    ".5",
    "+1",
    "1e999",
    "Infinity",
    "NaN",
    "1_000",
    "١",
  ])("number('%s') fails", (text) => {
    expect(failed("number(inputs)", { inputs: text }).kind).toBe("value");
  });

  test("`&&` and `||` do not evaluate what is right of the decision", () => {
    expect(["false && nothing", "true || nothing", "if(true, 1, nothing)"].map(value)).toEqual([
      false,
      true,
      1,
    ]);
    expect(failure("nothing && false")[0]).toBe("reference");
  });

  test("`exists` and `all` stop at the element that decides", () => {
    expect([value("[1, 'x'].exists(x, x == 1 || x > 1)"), value("[1, 'x'].all(x, x > 1)")]).toEqual(
      [true, false],
    );
  });

  test("a failure says which part of the expression failed", () => {
    const text = "inputs.yes && inputs.list[9] > 1";
    const result = Expressions.evaluate(parsed(text), bindingsOf(names));
    expect(result.ok ? "" : text.slice(result.failure.span.start, result.failure.span.end)).toBe(
      "inputs.list[9]",
    );
  });

  test("a failure names a value's kind and keys, never its text", () => {
    const secret = "s3cret".repeat(20);
    const messages = [
      "inputs.a + 1",
      "inputs.a.b",
      "number(inputs.a)",
      "!inputs.a",
      "inputs.a.map(x, x)",
    ];
    expect(
      messages.filter((text) => failed(text, { inputs: { a: secret } }).message.includes("s3cret")),
    ).toEqual([]);
  });
});

describe("has", () => {
  test.each([
    ["has(inputs.n)", true],
    ["has(inputs)", true],
    ["has(inputs.none)", false],
    ["has(inputs.missing)", false],
    ["has(inputs.missing.x.y)", false],
    ["has(inputs.none.x)", false],
    ["has(inputs.n.x)", false],
    ["has(inputs.toString)", false],
    ["has(inputs.list[2])", true],
    ["has(inputs.list[3])", false],
    ["has(inputs.list['x'])", false],
    ["has(inputs.list[true])", false],
    ["has(steps.build.output.ok)", true],
    ["has(steps.build.output.bad)", false],
    ["has(steps.build.rounds)", false],
    ["has(steps.other.output)", false],
  ])("`%s` is %s", (text, expected) => {
    expect(value(text)).toBe(expected);
  });

  test.each([
    ["has(nothing)", "reference"],
    ["has(nothing.x)", "reference"],
    ["has(steps.build)", "type"],
    ["has(inputs.list[1 / 0])", "value"],
    ["has(size(1).x)", "type"],
  ])("`%s` fails: %s", (text, kind) => {
    expect(failure(text)[0]).toBe(kind);
  });
});

describe("default", () => {
  test.each([
    ["default(inputs.n, nothing)", 3],
    ["default(inputs.none, 7)", 7],
    ["default(inputs.missing.x, 'none')", "none"],
    ["default(inputs.map['b-c'].d.e, [])", []],
    ["default(inputs.list[9], default(inputs.none, 0))", 0],
    ["default(inputs.files.filter(f, f.lines > 99)[0].name, 'none')", "none"],
    ["default(steps.other.output, 'skipped')", "skipped"],
  ])("`%s` is %j", (text, expected) => {
    expect(value(text)).toEqual(expected);
  });
});

describe("own properties", () => {
  const hostile: unknown = JSON.parse(
    '{"__proto__": {"a": 1}, "constructor": "c", "BS_PRIVATE_NESTED_SOME_NONE": 0, "TAG": "Name"}',
  );

  test("are all that a map has", () => {
    const inherited = ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"];
    expect(inherited.map((name) => evaluated(`has(inputs['${name}'])`, { inputs: {} }))).toEqual(
      inherited.map(() => false),
    );
  });

  test("include names that the language of the engine gives a meaning", () => {
    const read = (text: string) => evaluated(text, { inputs: hostile, item: hostile });
    expect([
      read("inputs.__proto__.a"),
      read("inputs.constructor"),
      read("default(item, 1) == inputs"),
      read("size(item)"),
      read("{'__proto__': 1}.__proto__"),
      read("keys({'__proto__': 1, constructor: 2})"),
      read("[{'__proto__': {x: 1}}].map(o, has(o.x))"),
    ]).toEqual([1, "c", true, 4, 1, ["__proto__", "constructor"], [false]]);
  });
});

describe("bindings", () => {
  test("are asked for one field of one step, and never for `steps`", () => {
    const asked: string[] = [];
    Expressions.evaluate(parsed("default(steps.a.output.b.c, steps.b.status) == inputs.x"), {
      name: (name) => {
        asked.push(name);
        return { x: 1 };
      },
      step: (id, field) => {
        asked.push(`${id}.${field}`);
        return field === "output" ? {} : "skipped";
      },
    });
    expect(asked).toEqual(["a.output", "b.status", "inputs"]);
  });
});

describe("Expressions.condition", () => {
  const condition = (text: string) => Expressions.condition(parsed(text), bindingsOf(names));

  test("gives true or false", () => {
    expect([condition("inputs.n > 2"), condition("!inputs.yes")]).toEqual([
      { ok: true, value: true },
      { ok: true, value: false },
    ]);
  });

  test("fails for a value of another type", () => {
    expect([condition("inputs.text"), condition("nothing")]).toEqual([
      {
        ok: false,
        failure: {
          kind: "type",
          message: "`inputs.text` must be true or false, but it is text",
          span: { start: 0, end: 11 },
        },
      },
      {
        ok: false,
        failure: {
          kind: "reference",
          message: "there is no `nothing` here",
          span: { start: 0, end: 7 },
        },
      },
    ]);
  });
});

describe("Expressions.functionNames", () => {
  test("names every function", () => {
    expect(Expressions.functionNames).toEqual(
      "size startsWith endsWith contains lower upper trim split replace join flatten keys string number".split(
        " ",
      ),
    );
  });
});
