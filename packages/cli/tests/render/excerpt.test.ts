import { describe, expect, test } from "vitest";
import { excerptOf } from "../../src/render/excerpt.js";

const lines = (count: number): string =>
  Array.from({ length: count }, (_, index) => `line ${index + 1}`).join("\n");

describe("excerptOf", () => {
  test.each([
    ["an empty text", ""],
    ["one line", "one"],
    ["some lines", lines(20)],
    ["lines whose middle is no longer than a mark", lines(32)],
    ["a long line that a mark would hardly shorten", "word ".repeat(360).trim()],
  ])("keeps %s whole", (_, text) => {
    expect(excerptOf(text)).toEqual({ head: text.split("\n"), cutCount: 0, tail: [] });
  });

  test("keeps the first 20 and the last 10 of many lines, with and without a newline at the end", () => {
    const all = lines(100).split("\n");
    const [head, middle, tail] = [all.slice(0, 20), all.slice(20, 90), all.slice(90)];
    const cutCount = middle.join("\n").length + 1;
    expect([excerptOf(lines(100)), excerptOf(`${lines(100)}\n`)]).toEqual([
      { head, cutCount, tail },
      { head, cutCount, tail },
    ]);
  });

  test.each([
    ["words", "lorem ipsum "],
    ["lines of 700 characters", `${"dolor ".repeat(117)}\n`],
    ["characters of two units", "🦊🦊🦊🦊 "],
    ["one endless word", "x"],
    ["one endless word of two units", "🦊"],
  ])("shows at most 1,800 characters of a megabyte of %s, and breaks no word", (_, part) => {
    const text = part.repeat(Math.ceil(1_000_000 / part.length));
    const { head, cutCount, tail } = excerptOf(text);
    const shown = [head.join("\n"), tail.join("\n")].join("\n");
    const words = new Set(text.split(/\s+/));
    expect({
      isShort: shown.length - 1 <= 1800,
      isAll: cutCount >= text.length - 1810 && cutCount < text.length,
      broken: part.length > 2 ? shown.split(/\s+/).filter((word) => !words.has(word)) : [],
      isWellFormed: shown.isWellFormed(),
    }).toEqual({ isShort: true, isAll: true, broken: [], isWellFormed: true });
  });

  test("counts exactly the characters that it omits", () => {
    const text = Array.from({ length: 5000 }, (_, index) => `w${index}`).join(" ");
    const { head, cutCount, tail } = excerptOf(text);
    const [start, end] = [head.join("\n"), tail.join("\n")];
    expect([
      text.startsWith(start),
      text.endsWith(end),
      start.length + cutCount + end.length,
    ]).toEqual([true, true, text.length]);
  });

  test("contains nothing that a terminal would interpret", () => {
    const { head } = excerptOf("\u001b[2Jone\u0007\ntwo\r\n");
    expect(head).toEqual(["one", "two"]);
  });
});
