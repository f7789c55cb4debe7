import { describe, expect, test } from "vitest";
import { Expressions, Templates } from "../../src/index.js";
import { bindingsOf, evaluated, failed, parsed, rendered } from "./bindings.js";

const STEPS =
  "the expression takes more than 100000 steps. Let an agent or a program work the value out";
const TEXT =
  "the expression makes more than 10485760 characters of text. Write large values to files, and " +
  "refer to the paths of the files";
const range = (length: number) => Array.from({ length }, (_, index) => index);
const big = "a".repeat(1_000_000);

describe("an evaluation", () => {
  test("filters a list of 10,000 with a condition of ten nodes", () => {
    const inputs = range(10_000).map((n) => ({ n, ok: n % 2 === 0 }));
    expect(evaluated("size(inputs.filter(x, x.ok && x.n > 10 && x.n < 20))", { inputs })).toBe(4);
  });

  test.each([
    ["nested macros", "xs.map(x, xs.map(y, xs.map(z, 1)))"],
    ["a macro over a long list", "long.map(x, 1)"],
    ["elements that are flattened", "xs.map(x, xs).flatten()"],
    ["elements that are joined", "long.map(x, 'a').join('')"],
    ["elements that are compared", "xs.exists(x, long == long && false)"],
    ["elements that are looked at", "xs.exists(x, 'none' in long)"],
    ["pieces of a text", "text.split('a')"],
    ["occurrences in a text", "text.replace('a', 'b')"],
    ["keys of a map", "xs.map(x, keys(map))"],
    ["texts that are read", "xs.map(x, xs.map(y, text.contains('b')))"],
    ["texts that are compared", "xs.map(x, xs.map(y, text == other))"],
    ["texts that are ordered", "xs.map(x, xs.map(y, text < other))"],
    ["texts that are counted", "xs.map(x, xs.map(y, size(text)))"],
  ])("ends when it has taken 100,000 steps: %s", (_, text) => {
    const names = {
      xs: range(1000),
      long: range(120_000),
      text: big,
      other: `${big.slice(1)}b`,
      map: Object.fromEntries(range(1000).map((n) => [String(n), n])),
    };
    expect(failed(text, names)).toEqual({ kind: "limit", message: STEPS });
  });

  test.each([
    ["a sum of texts", "xs.map(x, text + text)"],
    ["`join`", "xs.map(x, text).join('')"],
    ["`join` with a long separator", "xs.map(x, '').join(text)"],
    ["`replace` with a long text", "('b' + part).replace('b', part).replace('b', text)"],
    ["`string` of a list", "string(xs.map(x, text))"],
    ["`lower`", "xs.map(x, text.lower())"],
    ["`upper`", "xs.map(x, text.upper())"],
    ["`trim`", "xs.map(x, text.trim())"],
  ])("ends when it has made 10 MiB of text: %s", (_, text) => {
    const names = { xs: range(20), text: big, part: "b".repeat(20) };
    expect(failed(text, names)).toEqual({ kind: "limit", message: TEXT });
  });

  test("gives 10 MiB of text, and no more", () => {
    const names = { half: "a".repeat(5 * 1024 * 1024) };
    expect(evaluated("size(half + half)", names)).toBe(10 * 1024 * 1024);
    expect(failed("half + half + 'a'", names).kind).toBe("limit");
  });

  test("does not give a value that is small only because its parts are shared", () => {
    const names = { xs: range(200), text: big };
    expect(failed("xs.map(x, text)", names)).toEqual({
      kind: "limit",
      message: "the value of `xs.map(x, text)` is longer than 100000000 characters as JSON",
    });
  });

  test("passes on an input that is larger than what it may make itself", () => {
    const inputs = { all: Array.from({ length: 20 }, () => big) };
    expect(evaluated("size(default(inputs.all, []))", { inputs })).toBe(20);
    expect(rendered("${{ inputs.all }}", { inputs })).toHaveLength(20 * 1_000_003 + 1);
  });

  test("looks for a long part in linear time", () => {
    const text = "a".repeat(8_000_000);
    const names = { text, part: `b${"a".repeat(4_000_000)}`, twin: `${"a".repeat(4_000_000)}b` };
    const between = `${"a".repeat(2_000_000)}b${"a".repeat(2_000_000)}`;
    expect([
      evaluated("text.contains(part)", { text, part: between }),
      evaluated("text.contains(part)", names),
      evaluated("text.contains(twin)", names),
      evaluated("size(text.split(part))", names),
      evaluated("size(text.replace(twin, ''))", names),
    ]).toEqual([false, false, false, 1, 8_000_000]);
  });

  test("finds a long part wherever the built-in search finds it", () => {
    const part = "abcabcabdabcabcabc";
    const text = `abcabc${part}${part.slice(0, 12)}${part}abcabcabdabcabcab${part}`;
    expect([
      evaluated("text.split(part)", { text, part }),
      evaluated("text.replace(part, '-')", { text, part }),
      evaluated("text.contains(part)", { text, part }),
    ]).toEqual([text.split(part), text.replaceAll(part, "-"), true]);
  });

  test("compares values of any depth, and writes those that JSON can write", () => {
    const nested = (levels: number) => {
      let value: unknown = 1;
      for (let level = 0; level < levels; level += 1) value = [value];
      return value;
    };
    const deep = { deep: nested(50_000), twin: nested(50_000) };
    expect([
      evaluated("deep == twin", deep),
      evaluated("size(string(deep))", { deep: nested(500) }),
      failed("string(deep)", deep),
    ]).toEqual([true, 1001, { kind: "value", message: "the value is not JSON" }]);
  });
});

describe("Templates.parse", () => {
  test("is linear in the length of a text with many braces that are not closed", () => {
    const text = "${{ ' }} ".repeat(100_000);
    expect(Templates.parse(text).problems.length).toBeLessThanOrEqual(1000);
  });
});

describe("a name", () => {
  test("that is asked for in a loop costs no copy of its value", () => {
    const inputs = { list: range(100_000) };
    const expression = parsed("range.all(x, size(inputs.list) == 100000)");
    expect(Expressions.evaluate(expression, bindingsOf({ inputs, range: range(10_000) }))).toEqual({
      ok: true,
      value: true,
    });
  });
});
