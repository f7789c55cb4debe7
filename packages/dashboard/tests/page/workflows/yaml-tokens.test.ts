import { describe, expect, test } from "vitest";
import { type Token, withMark, YamlTokens } from "../../../src/page/workflows/yaml-tokens.js";

/** The tokens of each line, those with a class as `class:text`. */
function colours(source: string): readonly (readonly string[])[] {
  const reader = new YamlTokens();
  return source
    .split("\n")
    .map((line) =>
      reader
        .next(line)
        .flatMap(({ text, class: name }) => (name === "" ? [] : [`${name}:${text}`])),
    );
}

describe("YamlTokens", () => {
  test.each([
    ["a key and a plain value", "id: user-auth", [["k:id"]]],
    ["a list of steps", "  - id: design", [["k:id"]]],
    ["a text in quotes", 'name: "a: b # c"', [["k:name", 's:"a: b # c"']]],
    ["a quoted key", "\"my key\": 'it''s'", [['k:"my key"', "s:'it''s'"]]],
    ["a comment", "a: b # why", [["k:a", "c:# why"]]],
    ["a # that is no comment", "a: b#c", [["k:a"]]],
    ["an expression in a text", "task: Do ${{ item.a }}, then", [["k:task", "x:${{ item.a }}"]]],
    ["an expression in quotes", 't: "a ${{ b }}"', [["k:t", 's:"a ', "x:${{ b }}", 's:"']]],
    ["a key whose value is an expression", "until: a.b > 3", [["k:until", "x:a.b > 3"]]],
    ["a URL", "url: https://x.y/z", [["k:url"]]],
    [
      "brackets",
      "loop: { max: 4, until: steps.a.ok }",
      [["k:loop", "k:max", "k:until", "x:steps.a.ok"]],
    ],
    [
      "an expression with brackets, in brackets",
      "run: [npm, ${{ a[0] }}, b]",
      [["k:run", "x:${{ a[0] }}"]],
    ],
    [
      "a block of text, in which nothing is a key",
      "task: |\n  a: b # c\n\n  ${{ d }}\nnext: 1",
      [["k:task"], [], [], ["x:${{ d }}"], ["k:next"]],
    ],
    ["a block with an indicator", "a: >-\n  b: c\nd: e", [["k:a"], [], ["k:d"]]],
    [
      "a block below an entry of a list",
      "- task: |\n    a: b\n  id: x",
      [["k:task"], [], ["k:id"]],
    ],
    [
      "quotes over two lines",
      'a: "one\n  b: two"\nc: d',
      [["k:a", 's:"one'], ['s:  b: two"'], ["k:c"]],
    ],
    ["JSON", '{"id": "x", "n": [1, true]}', [['k:"id"', 's:"x"', 'k:"n"']]],
    ["an anchor and an alias", "a: &x 1\nb: *x", [["k:a"], ["k:b"]]],
    ["a document's start", "---", [[]]],
  ])("%s", (_, source, expected) => {
    expect(colours(source)).toEqual(expected);
  });

  test("the tokens of a line are the line, for any text", () => {
    const pieces = [
      "a",
      ":",
      " ",
      "#",
      '"',
      "'",
      "{",
      "}",
      "[",
      "]",
      ",",
      "-",
      "|",
      "${{",
      "}}",
      "\t",
    ];
    let seed = 7;
    const next = (): number => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return seed;
    };
    for (let round = 0; round < 3000; round += 1) {
      const reader = new YamlTokens();
      for (let line = 0; line < 3; line += 1) {
        const text = Array.from({ length: next() % 14 }, () => pieces[next() % pieces.length]).join(
          "",
        );
        const joined = reader
          .next(text)
          .map((token) => token.text)
          .join("");
        if (joined !== text) expect(joined).toBe(text);
      }
    }
  });

  test("a very long line is not coloured, and not lost", () => {
    const line = `a: ${"b ".repeat(5000)}`;
    expect(new YamlTokens().next(line)).toEqual([{ text: line, class: "" }]);
  });
});

describe("withMark", () => {
  const tokens: readonly Token[] = [
    { text: "  ", class: "" },
    { text: "agnetId", class: "k" },
    { text: ": x", class: "" },
  ];

  test("marks a whole token", () => {
    expect(withMark(tokens, 2, 9)).toEqual([
      { text: "  ", class: "", isMarked: false },
      { text: "agnetId", class: "k", isMarked: true },
      { text: ": x", class: "", isMarked: false },
    ]);
  });

  test("splits the tokens at the ends of the mark", () => {
    expect(withMark(tokens, 4, 10).map(({ text, isMarked }) => [text, isMarked])).toEqual([
      ["  ", false],
      ["ag", false],
      ["netId", true],
      [":", true],
      [" x", false],
    ]);
  });
});
