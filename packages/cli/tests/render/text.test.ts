import { describe, expect, test } from "vitest";
import { safeJson } from "../../src/output.js";
import { cleanLine, cleanText } from "../../src/render/clean-text.js";
import { cutToWidth, displayWidth, padToWidth } from "../../src/render/display-width.js";
import { dot, mermaid } from "../../src/render/graph.js";
import { count, duration, shellWord } from "../../src/render/words.js";

describe("cleanText", () => {
  test.each([
    ["a colour", "\u001b[31mred\u001b[0m", "red"],
    ["a title", "\u001b]0;mine\u0007text", "text"],
    ["a cleared screen by C1", "\u009b2Jtext", "text"],
    ["a lone ESC and other controls", "a\u001bb\u0007c\u0000d\u007fe", /^a.?b?cde$/],
    ["turned text", "abc\u202edef\u2066ghi", "abcdefghi"],
    ["newlines and tabs, which stay", "a\r\nb\tc", "a\nb\tc"],
  ])("takes out %s", (_, text, clean) => {
    if (typeof clean === "string") expect(cleanText(text)).toBe(clean);
    else expect(cleanText(text)).toMatch(clean);
  });

  test("cleanLine is one line", () => {
    expect(cleanLine(" a\n\n b\rc\t ")).toBe("a b c");
  });
});

describe("safeJson", () => {
  test("holds no character that a terminal obeys, and gives the same value back", () => {
    const value = { text: "\u001b[2J \u009b1A \u202e \u2028 é 漢" };
    const json = safeJson(value);
    expect({ value: JSON.parse(json), raw: /[\u007f-\u009f\u2028\u202e]/.test(json) }).toEqual({
      value,
      raw: false,
    });
  });
});

describe("display width", () => {
  test.each([
    ["abc", 3],
    ["é", 1],
    ["e\u0301", 1],
    ["漢字", 4],
    ["👩‍👩‍👧", 2],
    ["✔", 1],
    ["한", 2],
  ])("of %s is %d", (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });

  test("cutToWidth never goes over, and never cuts a character in two", () => {
    expect([
      cutToWidth("漢字漢字", 5),
      cutToWidth("abc", 3),
      cutToWidth("abcd", 3),
      cutToWidth("abc", 0),
      padToWidth("漢", 4),
    ]).toEqual(["漢字…", "abc", "ab…", "", "漢  "]);
  });
});

describe("words", () => {
  test("durations, counts and words of a shell", () => {
    expect([850, 12_340, 192_000, 7_500_000].map(duration)).toEqual([
      "850ms",
      "12.3s",
      "3m12s",
      "2h05m",
    ]);
    expect([count(1, "step"), count(2, "launch", "launches")]).toEqual(["1 step", "2 launches"]);
    expect([shellWord("flows/a.yaml"), shellWord("a b"), shellWord("it's")]).toEqual([
      "flows/a.yaml",
      "'a b'",
      `'it'\\''s'`,
    ]);
  });
});

describe("graphs", () => {
  const steps = [
    { id: 'a"b', name: 'a"b', agentId: "x<y>", status: "completed" as const },
    { id: "end", name: "The `end`", agentId: "x", status: "pending" as const },
  ];

  test("Mermaid text cannot be broken by names", () => {
    expect(mermaid(steps, { edges: [['a"b', "end"]] })).toBe(`flowchart TD
  s0["a#34;b<br/>x#60;y#62;<br/>completed"]:::completed
  s1["end: The #96;end#96;<br/>x<br/>pending"]:::pending
  s0 --> s1
  classDef completed fill:#bbf7d0,stroke:#374151,color:#111827
  classDef pending fill:#e5e7eb,stroke:#374151,color:#111827
`);
  });

  test("DOT text cannot be broken by names", () => {
    expect(dot(steps, { edges: [['a"b', "end"]] })).toContain(
      '  "a\\"b" [label="a\\"b\\nx<y>\\ncompleted", fillcolor="#bbf7d0"];\n',
    );
  });
});
