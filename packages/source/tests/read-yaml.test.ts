import { describe, expect, test } from "vitest";
import { IssueList, readYaml, SourceText, valueOf } from "../src/index.js";
import { YAML_BLOCK, YAML_DOCUMENTS } from "./vectors/yaml-block.js";
import { YAML_FLOW } from "./vectors/yaml-flow.js";
import { YAML_REFUSED } from "./vectors/yaml-refused.js";
import { YAML_STRUCTURE, type YamlVector } from "./vectors/yaml-structure.js";

const shown = (text: string): string =>
  JSON.stringify(text.length > 60 ? `${text.slice(0, 59)}…` : text);

const valid = [YAML_STRUCTURE, YAML_FLOW, YAML_BLOCK, YAML_DOCUMENTS].flatMap((chapter) =>
  Object.entries<readonly YamlVector[]>(chapter).flatMap(([about, vectors]) =>
    vectors.map(([text, value]) => [`${about}: ${shown(text)}`, text, value] as const),
  ),
);
const refused = Object.entries(YAML_REFUSED).flatMap(([about, vectors]) =>
  vectors.map(([text, code]) => [`${about}: ${shown(text)}`, text, code] as const),
);

describe("readYaml", () => {
  test("is tested with more than 300 distinct inputs", () => {
    const texts = [...valid, ...refused].map(([, text]) => text);
    expect(texts.length).toBeGreaterThan(300);
    expect(texts.length - new Set(texts).size).toBe(0);
  });

  test.each(valid)("reads %s", (_, text, value) => {
    const issues = new IssueList(new SourceText(text));
    const root = readYaml(issues);
    // An escaped control character is reported, and kept in the value.
    expect({
      codes: issues.all.map(({ code }) => code).filter((code) => code !== "AXW1010"),
      value: root && valueOf(root),
    }).toEqual({ codes: [], value });
  });

  test.each(refused)("refuses %s", (_, text, code) => {
    const issues = new IssueList(new SourceText(text));
    readYaml(issues);
    const [first] = issues.all;
    const lineCount = text.split("\n").length;
    const [line, column] = [first?.line ?? 0, first?.column ?? 0];
    expect({
      code: first?.code,
      isInText: line >= 1 && line <= lineCount && column >= 1,
    }).toEqual({ code, isInText: true });
  });
});
