import { describe, expect, test } from "vitest";
import { cleanLine, cleanText } from "../src/terminal-text.js";

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
