import { describe, expect, test } from "vitest";
import { Identifier, invisibleCharacterIn, WrittenWorkflow } from "../src/index.js";

const INVISIBLE = [
  0x00, 0x07, 0x1b, 0x7f, 0x85, 0x9b, 0xad, 0x34f, 0x61c, 0x115f, 0x17b4, 0x180e, 0x200b, 0x200c,
  0x200d, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202e, 0x2060, 0x2064, 0x2066, 0x2069, 0x3164,
  0xfe0f, 0xfeff, 0xe0001, 0xe0041, 0xe0100,
];

describe("invisibleCharacterIn", () => {
  test.each(INVISIBLE)("finds %i in a text of Latin letters", (code) => {
    const hex = code.toString(16).toUpperCase().padStart(4, "0");
    const found = [`a${String.fromCodePoint(code)}b`, `a${String.fromCodePoint(code)}`].map(
      invisibleCharacterIn,
    );
    expect(found).toEqual(Array(2).fill(`the invisible character U+${hex}`));
  });

  test.each([
    "Grüße, 日本語, עברית, العربية",
    "tab\tand\nline",
    "👩‍💻 review 👨‍👩‍👧‍👦",
    "❤️ ✔️ 1️⃣ 🏳️‍🌈 👍🏽",
    "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
    "می‌خواهم",
    "क्‍ष",
    "葛󠄀",
  ])("accepts %s, where each mark is part of what is seen", (text) => {
    expect(invisibleCharacterIn(text)).toBeUndefined();
  });
});

describe("an id and a name", () => {
  test("with an invisible character are refused with its code point", () => {
    const step = { id: "a", agentId: "b", task: "c" };
    const of = (workflow: object) =>
      WrittenWorkflow.safeParse(workflow).error?.issues.map(({ path, message }) => [path, message]);
    const says = "contains the invisible character U+200B";
    expect([
      Identifier.safeParse("a\u200b").error?.issues.map(({ message }) => message),
      of({ name: "deploy\u200b", steps: [step] }),
      of({ id: "w", steps: [{ ...step, name: "\u200bfirst" }] }),
      of({ id: "w", steps: [{ ...step, agentId: "b\u200b" }] }),
      of({ id: "w", steps: [step], inputs: { "n\u200b": "string" } })?.map(([path]) => path),
    ]).toEqual([
      [says],
      [[["name"], says]],
      [[["steps", 0, "name"], says]],
      [[["steps", 0, "agentId"], says]],
      [["inputs", "n\u200b"]],
    ]);
  });
});
