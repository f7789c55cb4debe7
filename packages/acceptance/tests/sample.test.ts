import { spawnSync } from "node:child_process";
import path from "node:path";
import { describe, expect, test } from "vitest";
import {
  readDocComments,
  readHelp,
  readMarkdown,
  readMessages,
  readTestNames,
} from "../../../scripts/sample/readers.ts";
import { readSentences, SOURCES } from "../../../scripts/sample/sources.ts";
import { root } from "./support/root.js";

const texts = (pieces: readonly { readonly text: string }[]): string[] =>
  pieces.map(({ text }) => text);

const sample = (...flags: readonly string[]) =>
  spawnSync(process.execPath, [path.join(root, "scripts/sample-sentences.ts"), ...flags], {
    encoding: "utf8",
  });

describe("the sampled sentences", () => {
  test("include messages that begin in lower case or with a flag, with … for a placeholder", () => {
    const file = [
      'const at = { message: "a bracket is not closed", sql: "SELECT id FROM workflow_runs" };',
      'const text = `--agents ${flag} is neither a preset ` + "nor a file.";',
      'const part = `, which ends at ${end.replace(/"`/g, `${a}`)} of the line`; // not this comment',
      'const schema = z.string().describe("The name of the key.");',
    ].join("\n");
    expect(texts(readMessages(file))).toEqual([
      "a bracket is not closed",
      "--agents … is neither a preset nor a file.",
    ]);
  });

  test("join the wrapped lines of help", () => {
    const file =
      "const HELP = `\nFound in:\n  1. the file, else\n     the folder\n  2. ${map}, else`;";
    expect(texts(readHelp(file))).toEqual([
      "",
      "Found in:",
      "1. the file, else the folder",
      "2. …, else",
    ]);
  });

  test("separate the tags and list items of a doc comment", () => {
    const file =
      "/**\n * Returns it.\n * - `a`: one\n * - `b`: two\n *\n * @throws Error never.\n */";
    expect(texts(readDocComments(file)).filter((text) => text !== "")).toEqual([
      "Returns it.",
      "`a`: one",
      "`b`: two",
      "@throws Error never.",
    ]);
  });

  test("include the headings and table rows of a guide", () => {
    const file = "# A title\n\nOne. Two.\n\n| a | b |\n|---|---|\n| c | d |\n";
    expect(texts(readMarkdown(file))).toEqual([
      "# A title",
      "One.",
      "Two.",
      "| a | b |",
      "| c | d |",
    ]);
  });

  test("show a test name after the names of the describes around it", () => {
    const file = [
      'describe("gc", () => {',
      '  describe.each([1, 2])("with %s", () => {',
      "    test.each([",
      '      ["x", 1],',
      '    ])("keeps %s", () => {});',
      "  });",
      '  test("removes nothing", () => expect(f("not a name")));',
      "});",
      'test("alone", () => {});',
    ].join("\n");
    expect(texts(readTestNames(file))).toEqual([
      "gc > with %s > keeps %s",
      "gc > removes nothing",
      "alone",
    ]);
  });

  test.each(SOURCES)("contain each text from the $name once", (source) => {
    const all = texts(readSentences(source));
    expect(all.length).toBeGreaterThan(100);
    expect(new Set(all).size).toBe(all.length);
  });
});

describe("npm run sample", () => {
  test("prints the same sample for the same seed", () => {
    const [first, second, other] = ["7", "7", "8"].map((seed) => sample("--seed", seed).stdout);
    expect([second === first, other === first]).toEqual([true, false]);
  });

  test.each([[["--seed", "-1"]], [["--seed=-1"]], [["--count", "many"]]])(
    "exits with 2 and prints its usage for %j",
    (flags) => {
      const { status, stdout, stderr } = sample(...flags);
      expect([status, stdout]).toEqual([2, ""]);
      expect(stderr).toContain("npm run sample -- [--seed N] [--count N]");
    },
  );
});
