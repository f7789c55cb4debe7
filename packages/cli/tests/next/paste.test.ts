import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { axw, commandText, shellWord } from "../../src/command.js";

/** Words that a shell, or a parser of flags, would change. */
const WORDS = [
  "",
  "a b",
  "it's",
  '"quoted"',
  "$HOME",
  "$(id)",
  "`id`",
  "a;b",
  "a&b|c",
  "~/x",
  "=ls",
  "a=b",
  "*.yaml",
  "{a,b}",
  "!!",
  "#note",
  "a\\b",
  "tab\tand\nline",
  "-flow.yaml",
  "grüße.yaml",
  "\u001b[31mred",
  "'\u0007",
];

const SHELLS = ["bash", "zsh", "dash"].filter(
  (shell) => spawnSync(shell, ["-c", "true"]).status === 0,
);

describe("a printed word", () => {
  // `dash` does not know `$'…'`, which only words that a terminal would interpret need.
  test.each(SHELLS)("reaches the program as it was typed, when pasted into %s", (shell) => {
    const words =
      shell === "dash" ? WORDS.filter((word) => !shellWord(word).startsWith("$")) : WORDS;
    const script = `printf '%s\\0' ${words.map(shellWord).join(" ")}`;
    const { stdout } = spawnSync(shell, ["-c", script], { encoding: "utf8" });
    expect(stdout.split("\0").slice(0, -1)).toEqual(words);
  });
});

describe("a printed command", () => {
  test("is one line, even if a word contains a line break", () => {
    expect(commandText(axw("plan", "a\nb'c"), "axw")).toBe("axw plan $'a\\x0ab\\'c'");
  });
});
