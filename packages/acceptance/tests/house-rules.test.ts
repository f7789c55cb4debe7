import { describe, expect, test } from "vitest";
import { phrasesIn } from "../../../scripts/checks/rules/phrases.ts";
import { functionsIn } from "../../../scripts/checks/rules/rescript-functions.ts";

// Divided, so that the check does not find this file.
const phrase = ["taken", "up"];

describe("phrasesIn", () => {
  const linesOf = (text: string): number[] => phrasesIn(text).map(({ line }) => line);

  test("finds a phrase on one line, whatever its case", () => {
    expect(linesOf(`one\nA run is ${phrase.join(" ")}.\nTaken ${phrase[1]} again.`)).toEqual([
      2, 3,
    ]);
  });

  test("finds a phrase across the end of a comment's line and across parts of a string", () => {
    const text = [
      `// is ${phrase.join("\n// ")}`,
      `" is ${phrase.join(' " +\n  "')} "`,
      ` * ${phrase.join("\n * ")}`,
    ].join("\n");
    expect(linesOf(text)).toEqual([1, 3, 5]);
  });

  test("does not find it inside of a longer word or a name", () => {
    expect(
      linesOf(`mis${phrase.join(" ")}, ${phrase.join(" ")}-keep, amendments, nobodyElse`),
    ).toEqual([]);
  });
});

describe("functionsIn", () => {
  test("counts the lines of code of nested bindings, each to its own end", () => {
    const source = `let outer = a => {
  // A comment costs nothing.
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
