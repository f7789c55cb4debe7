import { describe, expect, test } from "vitest";
import { ANSI_CLASSES, parseAnsi, plainText, webAddress } from "../../src/ansi/parse-ansi.js";

const ESC = "\u001b";

describe("parseAnsi", () => {
  test.each([
    ["plain text", "a < b && c", [{ text: "a < b && c", classes: "" }]],
    ["an empty line", "", []],
    [
      "a colour that ends",
      `ok ${ESC}[31mred${ESC}[0m end`,
      [
        { text: "ok ", classes: "" },
        { text: "red", classes: "an-red" },
        { text: " end", classes: "" },
      ],
    ],
    [
      "styles that are switched on and off",
      `${ESC}[1;4;9mall${ESC}[22mnot bold${ESC}[24;29mplain`,
      [
        { text: "all", classes: "an-bold an-underline an-strike" },
        { text: "not bold", classes: "an-underline an-strike" },
        { text: "plain", classes: "" },
      ],
    ],
    [
      "bright colours and grounds",
      `${ESC}[90;41mgrey on red${ESC}[39;102mon green${ESC}[49m.`,
      [
        { text: "grey on red", classes: "an-grey an-on-red" },
        { text: "on green", classes: "an-on-green" },
        { text: ".", classes: "" },
      ],
    ],
    [
      "colours of the 256 and of the full range as the nearest of the list",
      `${ESC}[38;5;196mr${ESC}[38;5;244mg${ESC}[38:2:20:200:30mn${ESC}[48;2;250;250;250mw`,
      [
        { text: "r", classes: "an-red" },
        { text: "g", classes: "an-grey" },
        { text: "n", classes: "an-green" },
        { text: "w", classes: "an-green an-on-white" },
      ],
    ],
    [
      "a sequence in its 8-bit form",
      "\u009b32mgreen\u009bm",
      [{ text: "green", classes: "an-green" }],
    ],
  ])("reads %s", (_, line, segments) => {
    expect(parseAnsi(line)).toEqual(segments);
  });

  test("drops escapes that move the cursor, set a title or send data", () => {
    const line = `a${ESC}[2J${ESC}[10;5H${ESC}]0;title\u0007b${ESC}P1;2|data${ESC}\\c${ESC}(Bd${ESC}7e`;
    expect(plainText(line)).toBe("abcde");
  });

  test("shows the text of a sequence that does not end", () => {
    expect(plainText(`before ${ESC}]8;;http://x.test and the rest`)).toBe(
      "before 8;;http://x.test and the rest",
    );
    expect(plainText(`a ${ESC}[31`)).toBe("a 31");
  });

  test("keeps what follows the last carriage return", () => {
    expect(plainText("10%\r50%\r100%\r\n")).toBe("100%");
    expect(plainText("done\r")).toBe("done");
  });

  test("writes characters that hide text or turn it around as their code", () => {
    expect(parseAnsi("a\u202eb\u2066c\u200bd\u{e0041}")).toEqual([
      { text: "a", classes: "" },
      { text: "[U+202E]", classes: "an-control" },
      { text: "b", classes: "" },
      { text: "[U+2066]", classes: "an-control" },
      { text: "c", classes: "" },
      { text: "[U+200B]", classes: "an-control" },
      { text: "d", classes: "" },
      { text: "[U+E0041]", classes: "an-control" },
    ]);
  });

  test("keeps tabs, accents and emoji, and drops other control characters", () => {
    expect(plainText("a\tb\u0000\u0008c\u007f é 👩‍🚀 \u0085x")).toBe("a\tbc é 👩‍🚀 x");
  });

  test("links only to addresses of the web", () => {
    const link = (uri: string): string => `${ESC}]8;;${uri}${ESC}\\text${ESC}]8;;${ESC}\\ end`;
    const end = { text: " end", classes: "" };
    expect(parseAnsi(link("https://example.org/a?b=1"))).toEqual([
      { text: "text", classes: "", href: "https://example.org/a?b=1" },
      end,
    ]);
    for (const uri of [
      "javascript:alert(1)",
      "JaVaScRiPt:alert(1)",
      " javascript:alert(1)",
      "data:text/html,<script>1</script>",
      "file:///etc/passwd",
      "vbscript:x",
      "//example.org",
      "/runs",
      "",
    ])
      expect(parseAnsi(link(uri))).toEqual([{ text: "text", classes: "" }, end]);
  });

  test("gives only classes of the list and no control characters for random input", () => {
    const parts = [
      ...[ESC, `${ESC}[`, `${ESC}]`, `${ESC}]8;;`, `${ESC}P`, `${ESC}\\`, "\u0007", "\u009b"],
      ...["\u009d", "\u009c", "\u202e", "\u2067", "\r", "\t", "\u0000", "38;5;", "48;2;", "m", ";"],
      ...["javascript:", "https://x.test/", "<img src=x onerror=1>", "a", "é", "\ud800", "99999"],
      ...["é", "4:3", "?25h", "0", "1", "7", "31", "107", "\u{e0001}", " ", "[", "]", "\\"],
    ];
    const random = generator(20_261_130);
    for (let round = 0; round < 20_000; round += 1) {
      const length = 1 + Math.floor(random() * 12);
      const line = Array.from(
        { length },
        () => parts[Math.floor(random() * parts.length)] ?? "",
      ).join("");
      for (const { text, classes, href } of parseAnsi(line)) {
        const problem = JSON.stringify({ line, text, classes, href });
        expect(/(?!\t)\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u.test(text), problem).toBe(false);
        expect(
          classes.split(" ").filter((each) => each !== "" && !ANSI_CLASSES.has(each)),
          problem,
        ).toEqual([]);
        expect(href === undefined || /^https?:\/\//.test(href), problem).toBe(true);
      }
    }
  });

  test("loses no character of a line without escapes", () => {
    const random = generator(7);
    for (let round = 0; round < 2000; round += 1) {
      const line = Array.from({ length: 40 }, () =>
        String.fromCodePoint(0x20 + Math.floor(random() * 0x5f)),
      ).join("");
      expect(plainText(line)).toBe(line);
    }
  });

  test("reads a long line with many unfinished sequences once", () => {
    const line = `${ESC}]8;;x`.repeat(20_000);
    expect(plainText(line)).toBe("8;;x".repeat(20_000));
  });
});

describe("webAddress", () => {
  test("writes an address as the browser reads it", () => {
    expect(webAddress("HTTP://Example.org")).toBe("http://example.org/");
    expect(webAddress("http://")).toBeUndefined();
  });
});

/** A small generator, so that a failure can be repeated: mulberry32. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
