import stringWidth from "string-width";
import { describe, expect, test } from "vitest";
import { cutToWidth, displayWidth, padToWidth } from "../../src/render/display-width.js";

describe("displayWidth", () => {
  test.each([
    ["abc", 3],
    ["é", 1],
    ["e\u0301", 1],
    ["漢字", 4],
    ["👩‍👩‍👧", 2],
    ["👍🏽", 2],
    ["🇩🇪", 2],
    ["1️⃣", 2],
    ["✔", 1],
    ["한", 2],
    ["\u1112\u1161\u11ab", 2],
    ["नमस्ते", 4],
    ["กำ", 2],
    ["ｶﾞ", 2],
    ["a\u200bb\u00ad", 2],
  ])("returns the width of %s, which is %d", (text, width) => {
    expect([displayWidth(text), stringWidth(text)]).toEqual([width, width]);
  });

  // Signs that span the digits after them, and two letters that represent a missing one.
  const EXCEPTIONS = /[\u0600-\u0605\u06dd\u0890\u0891\u08e2\u{110bd}\u{110cd}\u115f\u1160]/u;

  test("agrees with string-width on every assigned character", () => {
    const skipped = /[\p{Unassigned}\p{Private_Use}\p{Surrogate}]/u;
    // Large blocks in which all characters have one width.
    const uniform = /[\p{Unified_Ideograph}\uac00-\ud7a3]/u;
    const different: string[] = [];
    for (let codePoint = 0xa0; codePoint <= 0xe0fff; codePoint += 1) {
      const character = String.fromCodePoint(codePoint);
      if (skipped.test(character) || EXCEPTIONS.test(character)) continue;
      if (uniform.test(character) && codePoint % 100 !== 0) continue;
      if (displayWidth(character) !== stringWidth(character)) different.push(character);
    }
    expect(different).toEqual([]);
  }, 60_000);

  test("agrees with string-width on every sequence of three of these characters", () => {
    const letters = ["a", "é", "e", "\u0301", "漢", "한", "\u1112", "न", "म", "\u094d", "ก", "ا"];
    const others = ["👩", "👧", "❤", "\ufe0f", "1", "\u20e3", "🇩", "🇪", "\u200b", "…", "✔", " "];
    const all = [...letters, ...others];
    const triples = all.flatMap((a) => all.flatMap((b) => all.map((c) => a + b + c)));
    expect(triples.filter((text) => displayWidth(text) !== stringWidth(text))).toEqual([]);
  }, 60_000);
});

describe("cutToWidth", () => {
  test("never exceeds the width, and never cuts a character in two", () => {
    expect([
      cutToWidth("漢字漢字", 5),
      cutToWidth("abc", 3),
      cutToWidth("abcd", 3),
      cutToWidth("abc", 0),
      padToWidth("漢", 4),
    ]).toEqual(["漢字…", "abc", "ab…", "", "漢  "]);
  });
});
