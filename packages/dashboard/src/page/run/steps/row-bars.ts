import { cleanLine, type StepInfo } from "@automatosx/run-view";
import type { StepAttempt } from "@automatosx/schemas";
import { placeOn, type Span, type TimeScale } from "./time-scale.js";

/** A bar on the axis, in percent of its width. */
export interface Bar {
  readonly kind:
    | "ok"
    | "run"
    | "failed"
    | "last-failed"
    | "cut"
    | "hold"
    | "queue"
    | "around"
    | "cached";
  readonly left: number;
  readonly width: number;
  /** Of a thin bar among others, in percent of the row. */
  readonly top?: number;
  /** How a step with others inside has ended, if it has. */
  readonly ended?: "ok" | "fail" | "idle";
  readonly title: string;
}

/** How many thin bars a folded rest has at most. */
const MOST_LANES = 6;
/** How many members of a rest are looked at: the picture is the same with more. */
const MOST_MEMBERS = 60;
const LANE_TOP = 18;
const LANE_GAP = 13;

const ENDED: Readonly<Partial<Record<StepInfo["status"], Bar["ended"]>>> = {
  completed: "ok",
  failed: "fail",
  cancelled: "idle",
};

/** What the bars of a step are made of. */
export interface StepTimes {
  readonly step: StepInfo;
  readonly attempts: readonly StepAttempt[];
}

/** Returns the bars of a step: one per attempt, and one for each wait between and after them. */
export function barsOf(
  { step, attempts }: StepTimes,
  scale: TimeScale,
  now: number,
): readonly Bar[] {
  const bar = (kind: Bar["kind"], from: number, to: number, title: string): Bar => {
    const left = placeOn(scale, from);
    return { kind, left, width: Math.max(0, placeOn(scale, to) - left), title };
  };
  if (step.detail?.reused !== undefined && step.status === "completed")
    return [bar("cached", step.finishedAt ?? now, step.finishedAt ?? now, "result of another run")];
  if (step.kind !== undefined || attempts.length === 0) {
    if (step.startedAt === undefined) return [];
    const kind = step.kind === undefined ? "hold" : "around";
    const drawn = bar(kind, step.startedAt, endOf(step, now), step.status);
    const ended = kind === "around" ? ENDED[step.status] : undefined;
    return [ended === undefined ? drawn : { ...drawn, ended }];
  }
  const bars: Bar[] = [];
  let waitsFrom: number | undefined;
  attempts.forEach((attempt, index) => {
    const { startedAt, attemptNumber, status } = attempt;
    if (waitsFrom !== undefined && waitsFrom < startedAt)
      bars.push(bar("queue", waitsFrom, startedAt, `wait before attempt ${attemptNumber}`));
    const isLast = index === attempts.length - 1;
    const end = attempt.finishedAt ?? (status === "running" ? now : (step.finishedAt ?? startedAt));
    bars.push(
      bar(kindOf(attempt, isLast, step), startedAt, end, `attempt ${attemptNumber}, ${status}`),
    );
    waitsFrom = end;
  });
  if (waitsFrom !== undefined && isHeld(step))
    bars.push(bar("hold", waitsFrom, Math.max(now, step.retryAt ?? now), step.status));
  return bars;
}

/** Returns thin bars for the steps of a folded rest, side by side where they overlap. */
export function thinBarsOf(
  members: readonly StepTimes[],
  scale: TimeScale,
  now: number,
): readonly Bar[] {
  const lanes: number[] = [];
  const bars: Bar[] = [];
  for (const member of members.slice(0, MOST_MEMBERS)) {
    const spans = spansOf(member, now);
    const from = Math.min(...spans.map(([start]) => start));
    const to = Math.max(...spans.map(([, end]) => end));
    if (spans.length === 0) continue;
    const left = placeOn(scale, from);
    const width = placeOn(scale, to) - left;
    const free = lanes.findIndex((end) => end <= left);
    const lane =
      free >= 0 ? free : lanes.length < MOST_LANES ? lanes.length : bars.length % MOST_LANES;
    lanes[lane] = Math.max(lanes[lane] ?? 0, left + width);
    const { id, status } = member.step;
    const kind = status === "completed" ? "ok" : status === "failed" ? "last-failed" : "cut";
    bars.push({
      kind,
      left,
      width,
      top: LANE_TOP + lane * LANE_GAP,
      title: `${cleanLine(id)}, ${status}`,
    });
  }
  return bars;
}

/** When attempts at a step were performed. */
export function spansOf({ step, attempts }: StepTimes, now: number): readonly Span[] {
  return attempts.map(({ startedAt, finishedAt, status }) => [
    startedAt,
    finishedAt ?? (status === "running" ? now : (step.finishedAt ?? startedAt)),
  ]);
}

/**
 * For how long a step was performed, in ms: its attempts together; for one without attempts of its
 * own, from its beginning to its end. Undefined if it has not begun.
 */
export function tookOf(times: StepTimes, now: number): number | undefined {
  const { step, attempts } = times;
  if (step.detail?.reused !== undefined && step.status === "completed") return 0;
  if (step.kind === undefined && attempts.length > 0)
    return spansOf(times, now).reduce((sum, [from, to]) => sum + Math.max(0, to - from), 0);
  return step.startedAt === undefined ? undefined : Math.max(0, endOf(step, now) - step.startedAt);
}

function endOf({ status, finishedAt }: StepInfo, now: number): number {
  const isOpen = status === "open" || status === "running" || status === "waiting";
  return isOpen ? now : (finishedAt ?? now);
}

function isHeld({ status }: StepInfo): boolean {
  return status === "waiting" || status === "open" || status === "unknown";
}

function kindOf({ status }: StepAttempt, isLast: boolean, step: StepInfo): Bar["kind"] {
  switch (status) {
    case "completed":
      return "ok";
    case "running":
      return "run";
    case "interrupted":
      return "cut";
    case "failed":
      return isLast && step.status === "failed" ? "last-failed" : "failed";
  }
}
