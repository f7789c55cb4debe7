import { describe, expect, test } from "vitest";
import {
  isNarrow,
  type RunFilter,
  readFilter,
  requestOf,
  writeFilter,
} from "../../../src/page/runs/run-filter.js";

const NOW = new Date(2026, 10, 29, 14, 9).getTime();

const read = (text: string): RunFilter => readFilter(new URLSearchParams(text));

describe("readFilter", () => {
  test("an address without a query lists every run from the first page", () => {
    expect(read("")).toEqual({ cursors: [] });
  });

  test("each value of the query is one of the filter", () => {
    const text =
      "q=login&status=open&workflow=docs&from=2026-11-01&to=2026-11-05&children=true&cursor=a&cursor=b";
    expect(read(text)).toEqual({
      q: "login",
      status: "open",
      workflow: "docs",
      from: "2026-11-01",
      to: "2026-11-05",
      children: true,
      cursors: ["a", "b"],
    });
  });

  test("values that mean nothing are left out, so they hide no run", () => {
    expect(read("status=lost&days=3&from=yesterday&to=2026-13-77&children=1&q=%20&run=x")).toEqual({
      cursors: [],
    });
  });

  test("what was written is read again as it was", () => {
    const filter: RunFilter = { q: "a&b=c", status: "failed", days: 7, cursors: ["x=y", "z"] };
    expect(read(writeFilter(filter))).toEqual(filter);
    expect(writeFilter({ cursors: [] })).toBe("");
  });
});

describe("requestOf", () => {
  test("the last cursor is that of the page", () => {
    expect(requestOf({ cursors: ["a", "b"] }, NOW)).toEqual({ limit: 50, cursor: "b" });
  });

  test("days are counted back from the beginning of today", () => {
    expect(requestOf({ days: 7, cursors: [] }, NOW)).toEqual({
      limit: 50,
      from: new Date(2026, 10, 23).getTime(),
    });
    expect(requestOf({ days: 1, cursors: [] }, NOW)).toEqual({
      limit: 50,
      from: new Date(2026, 10, 29).getTime(),
    });
  });

  test("the first and the last day are both included", () => {
    expect(requestOf({ from: "2026-11-01", to: "2026-11-30", cursors: [] }, NOW)).toEqual({
      limit: 50,
      from: new Date(2026, 10, 1).getTime(),
      to: new Date(2026, 11, 1).getTime(),
    });
  });

  test("the text, the status, the workflow and the child runs are passed on", () => {
    const filter: RunFilter = {
      q: "x",
      status: "open",
      workflow: "w",
      children: true,
      cursors: [],
    };
    expect(requestOf(filter, NOW)).toEqual({
      limit: 50,
      q: "x",
      status: "open",
      workflow: "w",
      children: "true",
    });
  });
});

describe("isNarrow", () => {
  test.each([
    ["every run", { cursors: [] }, false],
    ["another page", { cursors: ["a"] }, false],
    ["child runs too", { children: true as const, cursors: [] }, false],
    ["a text", { q: "x", cursors: [] }, true],
    ["a span of days", { days: 7, cursors: [] }, true],
    ["a last day", { to: "2026-11-01", cursors: [] }, true],
  ])("%s", (_, filter: RunFilter, expected) => {
    expect(isNarrow(filter)).toBe(expected);
  });
});
