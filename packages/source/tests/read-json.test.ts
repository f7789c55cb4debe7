import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { IssueList, readJson, SourceText, valueOf } from "../src/index.js";

function read(text: string) {
  const issues = new IssueList(new SourceText(text));
  const root = readJson(issues);
  return {
    value: root && valueOf(root),
    isValid: root !== undefined,
    codes: issues.all.map(({ code }) => code),
  };
}

function accepts(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** JSON with one edit: valid or nearly valid. */
const nearlyJson = fc
  .tuple(
    fc.json({ maxDepth: 5 }),
    fc.nat(),
    fc.constantFrom("", ...'{}[],:"\\0123456789.eE+-tfnul \n\t\u0001\u00a0\ufeff'),
    fc.nat(2),
  )
  .map(
    ([json, at, put, taken]) =>
      json.slice(0, at % (json.length + 1)) + put + json.slice((at % (json.length + 1)) + taken),
  );

describe("readJson", () => {
  test("returns the same value as JSON.parse", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6, noUnicodeString: false }), (text) => {
        fc.pre(!text.includes("__proto__"));
        expect(read(text).value).toEqual(JSON.parse(text));
      }),
      { numRuns: 2000 },
    );
  });

  test("accepts exactly what JSON.parse accepts", () => {
    fc.assert(
      fc.property(nearlyJson, (text) => {
        const { isValid, codes } = read(text);
        expect({
          text,
          isValid,
          isReported: codes.includes("AXW1002") || codes.includes("AXW1010"),
        }).toMatchObject(accepts(text) ? { isValid: true } : { isValid: false, isReported: true });
      }),
      { numRuns: 5000 },
    );
  });

  test.each([
    '"\\x"',
    "01",
    "1.",
    ".5",
    "+1",
    "'a'",
    "[1,]",
    '{"a":1,}',
    "{a:1}",
    "nul",
    "NaN",
    "\ufeff1",
    '"a\nb"',
    "1 2",
    "",
    " ",
    '{"a" 1}',
    "[1 2]",
    "/**/1",
    '"\\u12g4"',
    "-",
    "1e",
    '"',
  ])("refuses %j as JSON.parse does", (text) => {
    expect([accepts(text), read(text).isValid, read(text).codes]).toEqual([
      false,
      false,
      ["AXW1002"],
    ]);
  });
});
