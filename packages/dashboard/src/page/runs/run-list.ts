import type { RunRow } from "../../api/common.schema.js";
import { dayLong, startOfDay } from "../shell/time.js";

/** A run of the list. `depth` counts the runs of the list that it is inside. */
interface ListedRun {
  readonly row: RunRow;
  readonly depth: number;
}

/** The runs of one local day. */
export interface DayOfRuns {
  /** `Today, 29 November`. */
  readonly title: string;
  readonly runs: readonly ListedRun[];
}

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Groups rows by the day on which their runs started. A child run follows the run that started it,
 * if that one is in the list; otherwise the order stays.
 */
export function byDay(rows: readonly RunRow[], now: number): readonly DayOfRuns[] {
  const listed = new Set(rows.map(({ runId }) => runId));
  const isInner = ({ parentRunId = "" }: RunRow): boolean => listed.has(parentRunId);
  const children = Map.groupBy(rows.filter(isInner), ({ parentRunId }) => parentRunId);
  const family = (row: RunRow, depth: number): ListedRun[] => [
    { row, depth },
    ...(children.get(row.runId) ?? []).flatMap((child) => family(child, depth + 1)),
  ];
  const outer = rows.filter((row) => !isInner(row));
  const days = Map.groupBy(outer, ({ createdAt }) => startOfDay(createdAt));
  return [...days].map(([day, ofDay]) => ({
    title: dayTitle(day, now),
    runs: ofDay.flatMap((row) => family(row, 0)),
  }));
}

function dayTitle(day: number, now: number): string {
  const today = startOfDay(now);
  if (day === today) return `Today, ${dayLong(day, now)}`;
  // A day may have 23 or 25 hours.
  if (day === startOfDay(today - DAY_MS / 2)) return `Yesterday, ${dayLong(day, now)}`;
  return dayLong(day, now);
}

/** Replaces rows by newer ones of the same runs. The list keeps its rows and their order. */
export function withChanges(
  rows: readonly RunRow[],
  changed: readonly RunRow[],
): readonly RunRow[] {
  const newer = new Map(changed.map((row) => [row.runId, row]));
  if (!rows.some(({ runId }) => newer.has(runId))) return rows;
  return rows.map((row) => newestOf(row, newer.get(row.runId)));
}

function newestOf(row: RunRow, other: RunRow | undefined): RunRow {
  if (other === undefined || other.journalSeq < row.journalSeq) return row;
  // A message may come before the figures were read again.
  return other.figures === null ? { ...other, figures: row.figures } : other;
}

/** How many runs of a first page are not in the list that is shown, and are newer than its first. */
export function countNew(shown: readonly RunRow[], page: readonly RunRow[]): number {
  const known = new Set(shown.map(({ runId }) => runId));
  const since = shown[0]?.createdAt ?? 0;
  return page.filter(({ runId, createdAt }) => !known.has(runId) && createdAt >= since).length;
}
