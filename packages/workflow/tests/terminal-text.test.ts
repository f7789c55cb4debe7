import { describe, expect, test } from "vitest";
import {
  cleanLine,
  cleanStart,
  cleanText,
  outputExcerpt,
  unfinishedAt,
} from "../src/terminal-text.js";

describe("cleanText", () => {
  test.each([
    ["a colour", "\u001b[31mred\u001b[0m", "red"],
    ["a window title", "\u001b]0;mine\u0007text", "text"],
    ["a link, and keeps its text", "\u001b]8;;http://a.b\u001b\\link\u001b]8;;\u001b\\", "link"],
    ["a cleared screen written with C1", "\u009b2Jtext", "text"],
    ["a device control string", "\u001bPq#0\u001b\\text", "text"],
    ["a lone ESC and other controls", "a\u001b!\u0007c\u0000d\u007fe", "a!cde"],
    ["direction marks", "abc\u202edef\u2066ghi", "abcdefghi"],
    ["the carriage return of a line end", "a\r\nb\tc", "a\nb\tc"],
  ])("removes %s", (_, text, clean) => {
    expect(cleanText(text)).toBe(clean);
  });

  // Input on which pattern-based removal is slow: starts of sequences that never end.
  const PIECES = ["[", "]", "(", "[[", "[;", "]8;;a", "]8;;", "[1;", "[0", "P", "", "?", "#", " "]
    .map((rest) => `\u001b${rest}`)
    .concat("\u009b", "\u009b1;", "\u009d", "\u009d8;;a", "\u0090", ";a", "0;", "[", " ", "\r");

  test("processes 200 KB of any unfinished sequence in a fraction of a second", () => {
    const slow = PIECES.flatMap((head) => PIECES.map((piece) => [head, piece] as const)).filter(
      ([head, piece]) => {
        const text = head + piece.repeat(200_000 / piece.length);
        const startedAt = performance.now();
        cleanText(text);
        return performance.now() - startedAt > 1000;
      },
    );
    expect(slow).toEqual([]);
  });

  test("leaves no terminal control sequence in any text", () => {
    // oxlint-disable-next-line no-control-regex -- these are the characters to find
    const obeyed = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;
    const texts = PIECES.flatMap((a) => PIECES.flatMap((b) => PIECES.map((c) => a + b + c)));
    expect(texts.filter((text) => obeyed.test(cleanText(text)))).toEqual([]);
  });
});

describe("cleanLine", () => {
  test("puts the text on one line", () => {
    expect(cleanLine(" a\n\n b\rc\t ")).toBe("a b c");
  });
});

describe("cleanStart", () => {
  test.each([
    ["a short text", " \u001b[31mred\u001b[0m ", "red"],
    ["a text of the length", "0123456789", "0123456789"],
    ["a longer text", "0123456789a", "012345678…"],
    ["a long text that begins with sequences", "\u001b[0m".repeat(1000), "…"],
    ["a long text cut in a sequence", `${"a".repeat(79)}\u001b[31mb`, "aaaaaaaaa…"],
  ])("shows the beginning of %s", (_, text, shown) => {
    expect(cleanStart(text, 10)).toBe(shown);
  });
});

describe("unfinishedAt", () => {
  test.each([
    ["plain text", "text", 4],
    ["a whole sequence", "a\u001b[0m", 5],
    ["a sequence without its end", "a\u001b[3", 1],
    ["an escape alone", "ab\u001b", 2],
    ["an 8-bit title without its end", "ab\u009d0;t", 2],
    ["half of a surrogate pair", "a\ud83d", 1],
    ["an escape further back than sequences are long", `\u001b]${"a".repeat(2000)}`, 2002],
    ["nothing", "", 0],
  ])("finds where to cut %s", (_, text, at) => {
    expect(unfinishedAt(text)).toBe(at);
  });
});

describe("outputExcerpt", () => {
  const size = { firstLines: 2, lastLines: 2, maxChars: 1_000 };

  test("keeps the first and the last lines and says how many are cut", () => {
    expect(outputExcerpt("\n\na\nb\nc\nd\ne\nf\n\n", size)).toBe("a\nb\n[… 2 lines …]\ne\nf");
  });

  test("keeps a line that a mark would replace", () => {
    expect(outputExcerpt("a\nb\nc\nd\ne", size)).toBe("a\nb\nc\nd\ne");
  });

  test("cuts long lines in the middle, between words", () => {
    const text = outputExcerpt(`begin ${"word ".repeat(10_000)}end`, size);
    expect(text).toMatch(/^begin (?:word )*word\n\[… [\d,]+ characters …\]\n(?:word )+end$/);
    expect(text.length).toBeLessThan(1_050);
  });
});
