import { describe, expect, test } from "vitest";
import { IssueList, readJson, readYaml, SourceText } from "../src/index.js";
import { countLooks, limitLooks, randomNumbers } from "./support/damage.js";
import { ACCEPTED_JSON } from "./vectors/json-accepted.js";
import { YAML_BLOCK, YAML_DOCUMENTS } from "./vectors/yaml-block.js";
import { YAML_FLOW } from "./vectors/yaml-flow.js";
import { YAML_REFUSED } from "./vectors/yaml-refused.js";
import { YAML_STRUCTURE } from "./vectors/yaml-structure.js";

countLooks();

const chapters = [YAML_STRUCTURE, YAML_FLOW, YAML_BLOCK, YAML_DOCUMENTS, YAML_REFUSED] as const;
const yamlTexts = chapters.flatMap((chapter) =>
  Object.values<readonly (readonly [string, unknown])[]>(chapter).flatMap((vectors) =>
    vectors.map(([text]) => text),
  ),
);
const jsonTexts = Object.values(ACCEPTED_JSON).flat();

type Reader = typeof readYaml;

/** The fault in an answer: an error, a refusal without an issue, or an issue outside the text. */
function wrongWith(text: string, read: Reader): string | undefined {
  limitLooks(text.length);
  const issues = new IssueList(new SourceText(text));
  try {
    if (read(issues) === undefined && issues.all.length === 0) return "no issue";
  } catch (error) {
    return String(error);
  }
  const lineCount = text.split("\n").length;
  const lost = issues.all.find(
    ({ line, column }) => line < 1 || line > lineCount || column < 1 || column > text.length + 2,
  );
  return lost && `an issue at ${lost.line}:${lost.column}`;
}

function problemsOf(texts: readonly string[], read: Reader): string[] {
  return texts.flatMap((text) => {
    const wrong = wrongWith(text, read);
    return wrong === undefined ? [] : [`${wrong}: ${JSON.stringify(text.slice(-200))}`];
  });
}

describe("a reader returns data or issues with a place", () => {
  test("for both parts of YAML cut at each character", () => {
    const texts = yamlTexts
      .filter((text) => text.length < 200)
      .flatMap((text) => Array.from(text, (_, at) => [text.slice(0, at), text.slice(at)]).flat());
    expect(texts.length).toBeGreaterThan(9000);
    expect(problemsOf(texts, readYaml)).toEqual([]);
  });

  test("for JSON cut at each character", () => {
    const texts = jsonTexts
      .filter((text) => text.length < 200)
      .flatMap((text) => Array.from(text, (_, at) => text.slice(0, at)));
    expect(problemsOf(texts, readJson)).toEqual([]);
  });

  test("for one YAML text after or inside another", () => {
    const random = randomNumbers(7);
    const texts = Array.from({ length: 1500 }, () => {
      const pick = (): string => yamlTexts[random(yamlTexts.length)] ?? "";
      const [one, other] = [pick(), pick()];
      const at = random(one.length + 1);
      return random(2) === 0 ? `${one}${other}` : `${one.slice(0, at)}${other}${one.slice(at)}`;
    }).filter((text) => text.length < 2000);
    expect(problemsOf(texts, readYaml)).toEqual([]);
  });

  test("and throws when it reads characters more often than allowed", () => {
    limitLooks(0, 5);
    expect(() => readYaml(new IssueList(new SourceText("- 1\n- 2\n- 3\n")))).toThrow("5 looks");
  });
});
