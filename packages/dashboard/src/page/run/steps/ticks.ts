import { wholeSeconds } from "@automatosx/run-view";
import { placeOn, type TimeScale } from "./time-scale.js";

/** A word above the axis. */
export interface Tick {
  readonly left: number;
  readonly text: string;
  /** `pause`: how long a folded part took. `now`: the present. */
  readonly kind: "time" | "pause" | "now";
  /** Hidden where there is little room: it is between two others. */
  readonly isMinor: boolean;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12, 24, 48, 168].map((n) => n * HOUR),
];
/** The least distance of two ticks, in percent; those with seconds are wider. */
const LEAST_GAP = 9;
const LEAST_GAP_WITH_SECONDS = 13;
const LEAST_PAUSE_GAP = 6;
/** A word at the edge would leave the axis. */
const EDGE = 3;

/** Returns the words above an axis, from left to right, none over another. */
export function ticksOf(scale: TimeScale, now: number | undefined): readonly Tick[] {
  const { segments } = scale;
  const { step, withSeconds, gap } = spacingOf(segments);
  const ticks: Tick[] = [];
  const add = (left: number, text: string, kind: Tick["kind"], gap: number): void => {
    if (ticks.every((other) => Math.abs(other.left - left) >= gap))
      ticks.push({ left, text, kind, isMinor: false });
  };
  if (now !== undefined && scale.now !== undefined)
    add(scale.now, timeOf(now, withSeconds), "now", 0);
  for (const { left, width, from, to, isFolded } of segments)
    if (isFolded) add(left + width / 2, wholeSeconds(to - from), "pause", LEAST_PAUSE_GAP);
  for (const { from, to, left: begin, isFolded } of segments) {
    // What is due later has the rest of the axis, however long that is.
    if (isFolded || (scale.dueAt !== undefined && to === scale.dueAt && begin > 0)) continue;
    for (let at = firstMultiple(from, step); at <= to; at += step) {
      const left = placeOn(scale, at);
      if (left >= EDGE && left <= 100 - EDGE) add(left, timeOf(at, withSeconds), "time", gap);
    }
  }
  let isMinor = true;
  return ticks
    .toSorted((left, right) => left.left - right.left)
    .map((each) => {
      isMinor = each.kind === "time" && !isMinor;
      return { ...each, isMinor };
    });
}

/** The time between two ticks: the shortest step whose ticks have room. */
function spacingOf(segments: TimeScale["segments"]) {
  const step = stepOf(segments, LEAST_GAP_WITH_SECONDS);
  if (step < MINUTE) return { step, withSeconds: true, gap: LEAST_GAP_WITH_SECONDS };
  return {
    step: Math.max(MINUTE, stepOf(segments, LEAST_GAP)),
    withSeconds: false,
    gap: LEAST_GAP,
  };
}

function stepOf(segments: TimeScale["segments"], gap: number): number {
  const open = segments.filter(({ isFolded }) => !isFolded);
  const msPerPercent = Math.min(...open.map(({ from, to, width }) => (to - from) / (width || 1)));
  const least = gap * (Number.isFinite(msPerPercent) ? msPerPercent : 1);
  return STEPS.find((step) => step >= least) ?? Math.ceil(least / (24 * HOUR)) * 24 * HOUR;
}

/** The first multiple of `step` at or after an instant, of the local day. */
function firstMultiple(at: number, step: number): number {
  const offset = new Date(at).getTimezoneOffset() * MINUTE;
  return Math.ceil((at - offset) / step) * step + offset;
}

function timeOf(at: number, withSeconds: boolean): string {
  const date = new Date(at);
  const parts = [date.getHours(), date.getMinutes(), ...(withSeconds ? [date.getSeconds()] : [])];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}
