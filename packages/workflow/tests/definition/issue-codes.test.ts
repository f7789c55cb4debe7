import { describe, expect, test } from "vitest";
import { ISSUE_KINDS, WorkflowParser } from "../../src/index.js";
import { DURATION_CASES } from "./issue-cases-durations.js";
import { ENDING_CASES } from "./issue-cases-ending.js";
import { EXPRESSION_CASES } from "./issue-cases-expressions.js";
import { FAILURE_CASES } from "./issue-cases-failing.js";
import { ITEM_CASES } from "./issue-cases-items.js";
import { KEY_CASES } from "./issue-cases-keys.js";
import { KIND_CASES } from "./issue-cases-kinds.js";
import { NAME_CASES } from "./issue-cases-names.js";
import { GRAPH_CASES, TEMPLATE_CASES } from "./issue-cases-steps.js";
import { TEXT_CASES } from "./issue-cases-text.js";
import { TYPE_CASES } from "./issue-cases-types.js";
import { WAITING_CASES } from "./issue-cases-waiting.js";
import { WARNING_CASES } from "./issue-cases-warnings.js";

const CASES = [
  ...TEXT_CASES,
  ...KEY_CASES,
  ...KIND_CASES,
  ...DURATION_CASES,
  ...GRAPH_CASES,
  ...TEMPLATE_CASES,
  ...EXPRESSION_CASES,
  ...NAME_CASES,
  ...TYPE_CASES,
  ...ITEM_CASES,
  ...WARNING_CASES,
  ...WAITING_CASES,
  ...FAILURE_CASES,
  ...ENDING_CASES,
];

const parser = new WorkflowParser();

describe("an issue reports what is wrong, where, and what to do", () => {
  test.each(CASES)("$code $what", ({ text, format, code, at, says, remedy }) => {
    const issues = parser.validate(text, format);
    const found = issues.find((issue) => issue.code === code);
    expect({
      code: found?.code,
      at: [found?.line, found?.column],
      says: found?.message,
      remedy: found?.remedy,
    }).toEqual({
      code,
      at,
      says,
      remedy,
    });
  });

  test.each(CASES)("$code $what is the only issue", ({ text, format, code }) => {
    expect(parser.validate(text, format).map((issue) => issue.code)).toEqual([code]);
  });

  test("each code has a case, except those of files and data", () => {
    const met = new Set(CASES.map(({ code }) => code));
    const missing = Object.entries(ISSUE_KINDS).filter(([, { code }]) => !met.has(code));
    expect(missing.map(([name]) => name)).toEqual([
      "notJson",
      "unreadableFile",
      "includeNesting",
      "badInputs",
      "missingProgram",
      "missingSecret",
      "unservedAgent",
      "notOnBackend",
    ]);
  });

  test("each case is about a code of the list", () => {
    const codes = new Set<string>(Object.values(ISSUE_KINDS).map(({ code }) => code));
    expect(CASES.map(({ code }) => code).filter((code) => !codes.has(code))).toEqual([]);
  });

  test("codes are unique, and each has a remedy", () => {
    const kinds = Object.values(ISSUE_KINDS);
    expect(new Set(kinds.map(({ code }) => code)).size).toBe(kinds.length);
    expect(
      kinds.filter(
        ({ code, remedy, title }) => !/^AXW\d{4}$/.test(code) || remedy === "" || title === "",
      ),
    ).toEqual([]);
  });
});
