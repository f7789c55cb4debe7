import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SourceText } from "../src/index.js";

describe("SourceText", () => {
  test("returns the same line and column as counting", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("a", "\n", "é", "\u{1f600}", "\r\n") }),
        fc.nat(),
        (text, at) => {
          const offset = at % (text.length + 1);
          const before = text.slice(0, offset).split("\n");
          expect(new SourceText(text).position(offset)).toEqual({
            line: before.length,
            column: (before.at(-1)?.length ?? 0) + 1,
          });
        },
      ),
    );
  });

  test.each([
    ["a word", "a: b\nkey: value\n", [10, 15], "2 | key: value\n  |      ^^^^^"],
    ["a span over two lines", "a: [b,\nc]", [3, 9], "1 | a: [b,\n  |    ^^^"],
    ["a place after tabs", "\ta\tb", [3, 4], "1 | \ta\tb\n  | \t \t^"],
    ["the end of the text", "a:\n", [3, 3], "2 | \n  | ^"],
    ["a line that ends in CR LF", "ab\r\nc", [1, 2], "1 | ab\n  |  ^"],
    [
      "no characters that act on a terminal",
      "a\u001b[2Jb\u202e",
      [0, 1],
      "1 | a\ufffd[2Jb\ufffd\n  | ^",
    ],
  ] as const)("shows an excerpt for %s", (_, text, span, excerpt) => {
    expect(new SourceText(text).excerpt(span)).toBe(excerpt);
  });

  test("shows the part of a long line around the reported place", () => {
    const text = `${"a".repeat(5000)}X${"b".repeat(5000)}`;
    const [line = "", carets = ""] = new SourceText(text).excerpt([5000, 5001]).split("\n");
    expect([
      line.length < 140,
      line[carets.indexOf("^")],
      line.startsWith("1 | …a"),
      line.endsWith("b…"),
    ]).toEqual([true, "X", true, true]);
  });
});
