import { describe, expect, test } from "vitest";
import { phrasesIn } from "../../../scripts/checks/rules/phrases.ts";
import { functionsIn } from "../../../scripts/checks/rules/rescript-functions.ts";

// Split, so that the check does not find the phrase in this file.
const phrase = ["taken", "up"];

describe("phrasesIn", () => {
  const linesOf = (text: string): number[] => phrasesIn(text).map(({ line }) => line);

  test("finds a phrase on one line, in any case", () => {
    expect(linesOf(`one\nA run is ${phrase.join(" ")}.\nTaken ${phrase[1]} again.`)).toEqual([
      2, 3,
    ]);
  });

  test("finds a phrase across the lines of a comment and the parts of a string", () => {
    const lineComment = `// is ${phrase.join("\n// ")}`;
    const string = `" is ${phrase.join(' " +\n  "')} "`;
    const blockComment = ` * ${phrase.join("\n * ")}`;
    expect(linesOf([lineComment, string, blockComment].join("\n"))).toEqual([1, 3, 5]);
  });

  test("ignores a phrase inside a longer word or name", () => {
    expect(
      linesOf(`mis${phrase.join(" ")}, ${phrase.join(" ")}-keep, amendments, nobodyElse`),
    ).toEqual([]);
  });
});

describe("functionsIn", () => {
  test("counts the lines of code of each binding, including nested bindings", () => {
    const source = `let outer = a => {
  // A comment is not counted.
  let inner = b => {
    b + 1
  }

  inner(a)
}
let next = 1`;
    expect(functionsIn(source.split("\n"))).toEqual([
      { binding: "outer", line: 1, length: 6 },
      { binding: "inner", line: 3, length: 3 },
      { binding: "next", line: 9, length: 1 },
    ]);
  });
});
