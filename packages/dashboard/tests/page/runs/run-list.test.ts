import { describe, expect, test } from "vitest";
import { byDay, countNew, withChanges } from "../../../src/page/runs/run-list.js";
import { row } from "./rows.js";

const NOW = new Date(2026, 10, 29, 14, 9).getTime();
const at = (day: number, hour: number): number => new Date(2026, 10, day, hour).getTime();

describe("byDay", () => {
  const titles = (rows: readonly ReturnType<typeof row>[]): unknown =>
    byDay(rows, NOW).map(({ title, runs }) => [
      title,
      runs.map(({ row: { runId }, depth }) => `${runId} ${depth}`),
    ]);

  test("runs are grouped by the local day on which they started", () => {
    const rows = [
      row("a", { createdAt: at(29, 14) }),
      row("b", { createdAt: at(29, 0) }),
      row("c", { createdAt: at(28, 23) }),
      row("d", { createdAt: at(20, 9) }),
      row("e", { createdAt: new Date(2025, 10, 20).getTime() }),
    ];
    expect(titles(rows)).toEqual([
      ["Today, 29 November", ["a 0", "b 0"]],
      ["Yesterday, 28 November", ["c 0"]],
      ["20 November", ["d 0"]],
      ["20 November 2025", ["e 0"]],
    ]);
  });

  test("a child run follows the run that started it, also past midnight", () => {
    const rows = [
      row("late", { createdAt: at(29, 1), parentRunId: "parent" }),
      row("other", { createdAt: at(29, 0) }),
      row("inner", { createdAt: at(28, 23), parentRunId: "late" }),
      row("parent", { createdAt: at(28, 22) }),
      row("orphan", { createdAt: at(28, 21), parentRunId: "on another page" }),
    ];
    expect(titles(rows)).toEqual([
      ["Today, 29 November", ["other 0"]],
      ["Yesterday, 28 November", ["parent 0", "late 1", "inner 2", "orphan 0"]],
    ]);
  });
});

describe("withChanges", () => {
  test("a newer row replaces the one of its run, and no row is added", () => {
    const rows = [row("a"), row("b")];
    const newer = row("b", { status: "completed", journalSeq: 9 });
    expect(withChanges(rows, [newer, row("c")])).toEqual([rows[0], newer]);
  });

  test("an older row is dropped", () => {
    const rows = [row("a", { journalSeq: 9 })];
    expect(withChanges(rows, [row("a", { status: "failed", journalSeq: 8 })])).toEqual(rows);
  });

  test("a row without figures keeps those that are known", () => {
    const rows = [row("a")];
    const newer = row("a", { journalSeq: 6, figures: null });
    expect(withChanges(rows, [newer])).toEqual([{ ...newer, figures: rows[0]?.figures }]);
  });

  test("rows that did not change are the same list", () => {
    const rows = [row("a")];
    expect(withChanges(rows, [row("b")])).toBe(rows);
  });
});

describe("countNew", () => {
  test("counts the runs that began after the first one of the list", () => {
    const shown = [row("b", { createdAt: 20 }), row("a", { createdAt: 10 })];
    const first = [row("d", { createdAt: 40 }), row("c", { createdAt: 20 }), ...shown];
    expect(countNew(shown, first)).toBe(2);
  });

  test("an older run that matches the filter only now is not new", () => {
    const shown = [row("b", { createdAt: 20 })];
    expect(countNew(shown, [...shown, row("old", { createdAt: 5 })])).toBe(0);
  });
});
