import type { Workflow } from "../../api/workflow.schema.js";

/** A run of the history. */
export type PastRun = Workflow["history"][number];

/** The drawing of the history, in its own coordinates. */
export interface HistoryBars {
  readonly bars: readonly Bar[];
  /** Lines across, with their times. */
  readonly ticks: readonly { readonly y: number; readonly label: string }[];
}

export interface Bar {
  readonly run: PastRun;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The size of the drawing. */
export const HISTORY_SIZE = { width: 460, height: 88, left: 34, top: 12, bottom: 70 } as const;

/** The maximum number of runs that are drawn: the latest. */
export const MAX_BARS = 30;

const WIDEST = 17;
const GAP = 8;
const LEAST_HEIGHT = 2;
const MAX_TICKS = 3;

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const STEPS = [
  ...[1, 2, 5, 10, 20, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 20, 30].map((n) => n * MINUTE),
  ...[1, 2, 5, 10].map((n) => n * HOUR),
  ...[1, 2, 5, 10, 20, 50].map((n) => n * DAY),
];

/** Draws a bar for each run, as high as the time that it took. */
export function historyBars(history: readonly PastRun[]): HistoryBars {
  const runs = history.slice(-MAX_BARS);
  const { width, left, top, bottom } = HISTORY_SIZE;
  const longest = Math.max(1, ...runs.map(({ tookMs }) => tookMs));
  const step = STEPS.find((each) => longest <= MAX_TICKS * each) ?? longest;
  const tickCount = Math.ceil(longest / step);
  const scale = (bottom - top) / (tickCount * step);
  const room = (width - left) / Math.max(runs.length, 1);
  const barWidth = Math.min(WIDEST, Math.max(2, room - GAP / 2));
  const pitch = Math.min(room, barWidth + GAP);
  return {
    bars: runs.map((run, index) => {
      const height = Math.max(LEAST_HEIGHT, run.tookMs * scale);
      return { run, x: left + index * pitch, y: bottom - height, width: barWidth, height };
    }),
    ticks: Array.from({ length: tickCount }, (_, index) => (index + 1) * step).map((ms) => ({
      y: bottom - ms * scale,
      label: tickLabel(ms),
    })),
  };
}

function tickLabel(ms: number): string {
  if (ms < SECOND) return `${Math.round(ms)}ms`;
  if (ms < MINUTE) return `${ms / SECOND}s`;
  if (ms < HOUR) return `${ms / MINUTE}m`;
  return ms < DAY ? `${ms / HOUR}h` : `${ms / DAY}d`;
}

/** The median of some numbers; undefined without any. */
export function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const high = sorted[middle];
  if (high === undefined) return undefined;
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? high) + high) / 2;
}
