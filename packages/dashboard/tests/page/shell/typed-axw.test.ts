import { describe, expect, test } from "vitest";
import { shellWord } from "../../../src/page/shell/shell-word.js";
import { commandLine } from "../../../src/page/shell/typed-axw.js";

describe("a command on the page", () => {
  const typed = { program: "npm run -s axw --", database: "--db 'other runs.db'" };

  test("begins with the program and ends with the database of the server", () => {
    expect(commandLine(typed, ["logs", "c41d7e", "build[auth]"])).toBe(
      "npm run -s axw -- logs c41d7e 'build[auth]' --db 'other runs.db'",
    );
  });

  test("names no database if it needs none", () => {
    expect([
      commandLine(typed, ["validate", "FILE"]),
      commandLine({ program: "axw", database: "" }, ["doctor"]),
    ]).toEqual(["npm run -s axw -- validate FILE", "axw doctor"]);
  });
});

describe("a word of a command", () => {
  test("is quoted only if a shell would read it otherwise", () => {
    expect(["design", "plain-word_1.2/3", "build[a b]", "it's", ""].map(shellWord)).toEqual([
      "design",
      "plain-word_1.2/3",
      "'build[a b]'",
      "'it'\\''s'",
      "''",
    ]);
  });
});
