import { describe, expect, test } from "vitest";
import { IssueList } from "../../src/definition/IssueList.js";
import { readYaml } from "../../src/definition/read-yaml.js";
import { SourceText } from "../../src/definition/SourceText.js";
import { valueOf } from "../../src/definition/source-tree.js";
import { WorkflowParser } from "../../src/index.js";
import { YAML_BLOCK, YAML_DOCUMENTS } from "./vectors/yaml-block.js";
import { YAML_FLOW } from "./vectors/yaml-flow.js";
import { YAML_REFUSED } from "./vectors/yaml-refused.js";
import { YAML_STRUCTURE, type YamlVector } from "./vectors/yaml-structure.js";

const parser = new WorkflowParser();
const shown = (text: string): string =>
  JSON.stringify(text.length > 60 ? `${text.slice(0, 59)}…` : text);

const read = [YAML_STRUCTURE, YAML_FLOW, YAML_BLOCK, YAML_DOCUMENTS].flatMap((chapter) =>
  Object.entries<readonly YamlVector[]>(chapter).flatMap(([about, vectors]) =>
    vectors.map(([text, value]) => [`${about}: ${shown(text)}`, text, value] as const),
  ),
);
const refused = Object.entries(YAML_REFUSED).flatMap(([about, vectors]) =>
  vectors.map(([text, code]) => [`${about}: ${shown(text)}`, text, code] as const),
);

describe("YAML, chapter by chapter", () => {
  test("is tried with more than 300 texts, no two alike", () => {
    const texts = [...read, ...refused].map(([, text]) => text);
    expect(texts.length).toBeGreaterThan(300);
    expect(texts.length - new Set(texts).size).toBe(0);
  });

  test.each(read)("%s", (_, text, value) => {
    const issues = new IssueList(new SourceText(text));
    const root = readYaml(issues);
    // A control that comes by an escape is told of, and is there all the same.
    expect({
      codes: issues.all.map(({ code }) => code).filter((code) => code !== "AXW1010"),
      value: root && valueOf(root),
    }).toEqual({
      codes: [],
      value,
    });
  });

  test.each(refused)("%s is refused", (_, text, code) => {
    const outcome = parser.check(text, "yaml");
    const [first] = outcome.ok ? [] : outcome.issues;
    const lineCount = text.split("\n").length;
    expect({
      code: first?.code,
      isInText:
        (first?.line ?? 0) >= 1 && (first?.line ?? 0) <= lineCount && (first?.column ?? 0) >= 1,
    }).toEqual({
      code,
      isInText: true,
    });
  });
});
