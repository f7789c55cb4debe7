import { ISSUE_KINDS } from "@automatosx/workflow";
import { describe, expect, test } from "vitest";
import { readIssueExamples } from "../../../scripts/reference/issue-examples.ts";

/** Codes that nothing reports while every part of the language is in this version. */
const RESERVED = ["AXW1620"];

const examples = readIssueExamples();

describe("the examples of the errors page", () => {
  test("show every code, and no other", () => {
    const codes = Object.values(ISSUE_KINDS).map(({ code }) => code);
    expect(examples.map(({ code }) => code)).toEqual(
      codes.filter((code) => !RESERVED.includes(code)).sort(),
    );
  });

  test.each(examples.map((example) => [example.code, example] as const))(
    "the example of %s has this issue, and no other",
    async (code, { blocks, issues }) => {
      const reported = await issues();
      expect(reported.map((issue) => issue.code)).toEqual([code]);
      expect(reported.every(({ message, remedy }) => message !== "" && remedy !== "")).toBe(true);
      expect(blocks.every(({ shown }) => shown.endsWith("\n"))).toBe(true);
    },
  );
});
