import { describe, expect, test } from "vitest";
import { IssueList, locateInText, readYaml, SourceText, SourceTree } from "../src/index.js";

// The source text of a piece of the value of `task`, from `mark` to its `}`.
function located(text: string): string {
  const source = new SourceText(text);
  const root = readYaml(new IssueList(source));
  const node = root && new SourceTree(() => root).nodeAt(["task"]);
  if (node?.kind !== "scalar" || typeof node.value !== "string") throw new Error("no text");
  const start = node.value.indexOf("${{") + 3;
  const span = locateInText(source, node, node.value, "${{", [start, node.value.indexOf("}")]);
  return source.text.slice(...span);
}

describe("locateInText", () => {
  test("finds a piece of a value in every style in which YAML can write text", () => {
    expect(
      [
        "task: a ${{ b.c }}",
        'task: "a\\tb ${{ b.c }}"',
        "task: >-\n  a\n  ${{ b.c }}",
        "task: 'it''s ${{ b.c }}'",
      ].map((text) => located(text).trim()),
    ).toEqual(["b.c", "b.c", "b.c", "b.c"]);
  });

  test("returns the mark if the piece contains escapes, and the value if the mark does", () => {
    expect([located('task: "${{ \\x62.c }}"'), located('task: "\\x24{{ b.c }}"')]).toEqual([
      "${{",
      '"\\x24{{ b.c }}"',
    ]);
  });
});
