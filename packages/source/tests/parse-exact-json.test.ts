import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { describePath, JsonLoss, parseExactJson } from "../src/index.js";

function lossOf(text: string, options = {}): string | undefined {
  try {
    parseExactJson(text, options);
    return undefined;
  } catch (error) {
    if (!(error instanceof JsonLoss)) throw error;
    const [start, end] = error.span;
    return `${describePath(error.path)} ${text.slice(start, end)} ${error.loss}`;
  }
}

describe("parseExactJson", () => {
  test.each([
    "1.0",
    "1e-07",
    "0.1234567890123456789",
    "3.141592653589793238462643383279",
    "9007199254740991",
    "-9007199254740991",
    "1e22",
    "1.7976931348623157e308",
    "5e-324",
    "0e999",
    "-0",
    "0.000e-400",
    '"12345678901234567890"',
    '{"12345678901234567890": "1e400"}',
    '["\\"", "1e400", {"a\\\\": "x 12345678901234567890"}]',
  ])("reads %s as JSON.parse does", (text) => {
    expect(parseExactJson(text)).toEqual(JSON.parse(text));
  });

  test.each([
    ["9007199254740992", " 9007199254740992 would be read as 9007199254740992"],
    ["-9007199254740993", " -9007199254740993 would be read as -9007199254740992"],
    ["12345678901234567890", " 12345678901234567890 would be read as 12345678901234567000"],
    ["1e400", " 1e400 is not finite"],
    ["-1E+400", " -1E+400 is not finite"],
    [`1${"0".repeat(309)}.5`, ` 1${"0".repeat(309)}.5 is not finite`],
    ["1e-400", " 1e-400 would be read as 0"],
    [`0.${"0".repeat(400)}1`, ` 0.${"0".repeat(400)}1 would be read as 0`],
    ['{"a": [1, {"b c": 1e999}]}', 'a[1]["b c"] 1e999 is not finite'],
    [
      '[[], {}, {"x": {}, "y": [ ] }, 9999999999999999]',
      "[3] 9999999999999999 would be read as 10000000000000000",
    ],
    ['{"a\\"": {"1e400": 1e400}}', '["a\\""]["1e400"] 1e400 is not finite'],
    [
      '\ufeff{"id": 12345678901234567890}',
      "id 12345678901234567890 would be read as 12345678901234567000",
    ],
  ])("refuses %s with its path", (text, loss) => {
    expect(lossOf(text)).toBe(loss);
  });

  test("says how to keep the number", () => {
    expect(() => parseExactJson('{"ids": [12345678901234567890]}')).toThrow(
      expect.objectContaining({
        message:
          "the number `12345678901234567890` at `ids[0]` would be read as 12345678901234567000",
        remedy: "Write it in double quotes to keep it as text.",
      }),
    );
  });

  test("refuses a key that appears twice only if asked to", () => {
    const text = '{"a": {"k": 1, "\\u006b": 2}, "k": 3}';
    expect([lossOf(text), lossOf(text, { uniqueKeys: true })]).toEqual([
      undefined,
      'a.k "\\u006b" appears twice',
    ]);
  });

  test("refuses exactly the integers that JSON.stringify does not write back", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), (integer) => {
        const isExact = integer >= -(2n ** 53n) + 1n && integer <= 2n ** 53n - 1n;
        expect(lossOf(`{"n": [${integer}]}`) === undefined).toBe(isExact);
      }),
    );
  });

  test("returns the value of JSON.parse for every other text", () => {
    fc.assert(
      fc.property(fc.json({ noUnicodeString: false }), (text) => {
        fc.pre(lossOf(text) === undefined);
        expect(parseExactJson(text, {})).toEqual(JSON.parse(text));
      }),
      { numRuns: 2000 },
    );
  });

  test("refuses a text that is not JSON as JSON.parse does", () => {
    for (const text of ["", "[1", "{a: 1}", "NaN", "01", "+5", ".5", "1_000", "0x10"])
      expect(() => parseExactJson(text)).toThrow(SyntaxError);
  });

  test("takes time linear in the length of the text", () => {
    const timeOf = (count: number): number => {
      const text = `["${'\\"1e400 '.repeat(count)}", ${"[1e5, 123456789012345, ".repeat(count)}1e300${"]".repeat(count)}]`;
      const from = performance.now();
      parseExactJson(text, { uniqueKeys: true });
      return performance.now() - from;
    };
    timeOf(1000);
    expect(timeOf(40_000)).toBeLessThan(400 * Math.max(1, timeOf(1000)));
  });
});
