import { describe, expect, test } from "vitest";
import {
  IssueList,
  locateInScalar,
  locateInText,
  readYaml,
  SourceText,
  SourceTree,
} from "../src/index.js";

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

  test("finds a piece that is written with escapes", () => {
    expect(
      [
        'task: "${{ \\x62.c }}"',
        'task: "${{ b[\\"c\\"] }}"',
        "task: '${{ b[''c''] }}'",
        'task: "${{ \\u0062\\n.c }}"',
      ].map((text) => located(text).trim()),
    ).toEqual(["\\x62.c", 'b[\\"c\\"]', "b[''c'']", "\\u0062\\n.c"]);
  });

  test("returns the value if the mark is written with escapes", () => {
    expect(located('task: "\\x24{{ b.c }}"')).toBe('"\\x24{{ b.c }}"');
  });
});

describe("locateInScalar", () => {
  test("finds a piece of a value from its beginning, in every style", () => {
    const found = [
      "task: inputs.a == 1",
      'task: "inputs.a == \\"x\\" || 1"',
      "task: 'it''s inputs.a'",
      "task: >-\n  text\n  inputs.a\n",
      "task: |\n\n  inputs.a\n",
      "task: x\n  y inputs.a",
    ].map((text) => {
      const source = new SourceText(text);
      const root = readYaml(new IssueList(source));
      const node = root && new SourceTree(() => root).nodeAt(["task"]);
      if (node?.kind !== "scalar" || typeof node.value !== "string") throw new Error("no text");
      const start = node.value.indexOf("inputs.a");
      const span = locateInScalar(source, node, node.value, [start, start + 8]);
      return span && source.text.slice(...span);
    });
    expect(found).toEqual(Array.from({ length: 6 }, () => "inputs.a"));
  });
});
