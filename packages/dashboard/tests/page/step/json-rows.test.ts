import { describe, expect, test } from "vitest";
import {
  countNodes,
  expressionPath,
  isShowable,
  jsonRows,
  NODE_LIMIT,
} from "../../../src/page/step/json/json-rows.js";

const shown = (value: unknown, folds: readonly string[] = []): string[] =>
  jsonRows(value, new Set(folds)).map(({ depth, key, text, isOpen }) => {
    const mark = isOpen === undefined ? " " : isOpen ? "v" : ">";
    return `${"  ".repeat(depth)}${mark}${key === undefined ? "" : `${key}: `}${text}`;
  });

describe("jsonRows", () => {
  test("shows a small value whole", () => {
    expect(shown({ name: "a", list: [1, null, true], none: {}, inner: { deep: [] } })).toEqual([
      "v{4}",
      '   name: "a"',
      "  vlist: [3]",
      "     0: 1",
      "     1: null",
      "     2: true",
      "   none: {}",
      "  vinner: {1}",
      "     deep: []",
    ]);
  });

  test("folds an open value, and opens one that was folded at first", () => {
    expect(shown({ list: [1, 2], other: [3] }, ["/list"])).toEqual([
      "v{2}",
      "  >list: [2]",
      "  vother: [1]",
      "     0: 3",
    ]);
    const large = { rows: Array.from({ length: 500 }, (_, index) => ({ index })) };
    expect(shown(large)).toEqual(["v{1}", "  >rows: [500]"]);
    expect(shown(large, ["/rows"]).length).toBe(502);
  });

  test("opens a long text as its lines", () => {
    const text = `first\n${"x".repeat(200)}`;
    expect(shown({ text })).toEqual(["v{1}", '  >text: "first…"']);
    expect(shown({ text }, ["/text"])).toEqual([
      "v{1}",
      '  vtext: "first…"',
      "     first",
      `     ${"x".repeat(160)}`,
      `     ${"x".repeat(40)}`,
    ]);
  });

  test("keeps both halves of a character when it divides a line", () => {
    const text = `${"a".repeat(159)}😀${"b".repeat(10)}`;
    expect(shown({ text }, ["/text"]).slice(2)).toEqual([
      `     ${"a".repeat(159)}😀`,
      `     ${"b".repeat(10)}`,
    ]);
  });
});

describe("isShowable", () => {
  test("refuses a value with too many parts, however short it is", () => {
    expect(countNodes({ a: [1, 2], b: "x" })).toBe(5);
    const many = Array.from({ length: NODE_LIMIT }, () => 1);
    expect([isShowable(many, 1000), isShowable([1], 1000), isShowable([1], 3_000_000)]).toEqual([
      false,
      true,
      false,
    ]);
  });

  test("counts a value of a million parts only as far as the limit", () => {
    expect(countNodes(Array.from({ length: 1_000_000 }, () => [1]))).toBe(NODE_LIMIT + 1);
  });
});

describe("expressionPath", () => {
  test("writes a place as an expression names it", () => {
    expect(expressionPath("steps.design.output", "/tables/0/full name/a~1b")).toBe(
      'steps.design.output.tables[0]["full name"]["a/b"]',
    );
    expect(expressionPath("steps.x.output", "")).toBe("steps.x.output");
    expect(expressionPath("steps.x.output", "/text\n3")).toBe("steps.x.output.text");
  });
});
