/** A time in ms since the epoch, from its first instant to its last. */
export type Span = readonly [from: number, to: number];

/** A part of the axis. In a folded one nothing was performed. */
interface Segment {
  readonly from: number;
  readonly to: number;
  /** In percent of the axis. */
  readonly left: number;
  readonly width: number;
  readonly isFolded: boolean;
}

/** The time of a run on a horizontal axis. */
export interface TimeScale {
  readonly segments: readonly Segment[];
  /** Where the present is, in percent; undefined for a run that has ended. */
  readonly now: number | undefined;
  /** The last instant that is due later; the axis ends with it. */
  readonly dueAt: number | undefined;
}

/** What a scale is made of. */
export interface TimeSpans {
  readonly begin: number;
  /** The present, or the end of the run. */
  readonly end: number;
  readonly hasEnded: boolean;
  /** When attempts were performed, in any order. */
  readonly busy: readonly Span[];
  /** The latest instant at which something is due, if there is one. */
  readonly dueAt?: number | undefined;
}

/** The width of a folded part, in percent, and what all of them may take together. */
const FOLD_WIDTH = 4;
const FOLDS_WIDTH = 32;
/** A pause is folded if it is at least this share of the time that was worked. */
const LEAST_SHARE = 0.08;
const LEAST_PAUSE_MS = 1000;
const MOST_FOLDS = 40;
/** Where the present is while a run continues: what is due has the room behind it. */
const NOW_WITH_DUE = 88;
const NOW_ALONE = 97;

/** Returns the axis of a run: long pauses are folded, so that the work has the room. */
export function timeScale(spans: TimeSpans): TimeScale {
  const { begin, hasEnded } = spans;
  const end = Math.max(spans.end, begin + 1);
  const dueAt = !hasEnded && (spans.dueAt ?? 0) > end ? spans.dueAt : undefined;
  const last = hasEnded ? 100 : dueAt === undefined ? NOW_ALONE : NOW_WITH_DUE;
  const pauses = foldedPauses(begin, end, spans.busy);
  const foldWidth = Math.min(FOLD_WIDTH, FOLDS_WIDTH / Math.max(1, pauses.length));
  const pausedMs = pauses.reduce((sum, [from, to]) => sum + to - from, 0);
  const msWidth = (last - pauses.length * foldWidth) / Math.max(1, end - begin - pausedMs);
  const segments: Segment[] = [];
  let left = 0;
  const add = (from: number, to: number, width: number, isFolded: boolean): void => {
    if (to > from) segments.push({ from, to, left, width, isFolded });
    left += to > from ? width : 0;
  };
  let at = begin;
  for (const [from, to] of pauses) {
    add(at, from, (from - at) * msWidth, false);
    add(from, to, foldWidth, true);
    at = to;
  }
  add(at, end, last - left, false);
  if (dueAt !== undefined) segments.push({ ...dueSegment(end, dueAt, last) });
  return { segments, now: hasEnded ? undefined : last, dueAt };
}

function dueSegment(from: number, to: number, left: number): Segment {
  return { from, to, left, width: 100 - left, isFolded: false };
}

/** Where an instant is, in percent; before the axis 0, behind it 100. */
export function placeOn({ segments }: TimeScale, at: number): number {
  const segment = segmentOf(segments, at);
  if (segment === undefined) return 0;
  const { from, to, left, width } = segment;
  const share = Math.min(1, Math.max(0, (at - from) / (to - from)));
  return left + width * share;
}

function segmentOf(segments: readonly Segment[], at: number): Segment | undefined {
  let [low, high] = [0, segments.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    const segment = segments[middle];
    if (segment !== undefined && segment.to < at) low = middle + 1;
    else high = middle;
  }
  return segments[low];
}

/** The pauses that are folded, in order: those that would take the room of the work. */
function foldedPauses(begin: number, end: number, busy: readonly Span[]): readonly Span[] {
  const pauses = gapsOf(begin, end, busy);
  const workMs = end - begin - pauses.reduce((sum, [from, to]) => sum + to - from, 0);
  // A run that only waits has nothing to give the room to.
  if (workMs <= 0) return [];
  const leastMs = Math.max(LEAST_PAUSE_MS, workMs * LEAST_SHARE);
  return pauses
    .filter(([from, to]) => to - from >= leastMs)
    .toSorted((left, right) => right[1] - right[0] - (left[1] - left[0]))
    .slice(0, MOST_FOLDS)
    .toSorted((left, right) => left[0] - right[0]);
}

/** The times in which nothing was performed. */
function gapsOf(begin: number, end: number, busy: readonly Span[]): readonly Span[] {
  const gaps: Span[] = [];
  let at = begin;
  for (const [from, to] of busy.toSorted((left, right) => left[0] - right[0])) {
    if (from > at) gaps.push([at, Math.min(from, end)]);
    at = Math.max(at, to);
  }
  if (at < end) gaps.push([at, end]);
  return gaps;
}
