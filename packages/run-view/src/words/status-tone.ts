/**
 * What kind of news a status is. A screen gives each tone its own colour and shape, beside the
 * word.
 */
export type Tone = "ok" | "fail" | "run" | "wait" | "unknown" | "idle";

const TONES: Readonly<Record<string, Tone>> = {
  completed: "ok",
  approved: "ok",
  kept: "ok",
  reused: "ok",
  failed: "fail",
  damaged: "fail",
  rejected: "fail",
  running: "run",
  ready: "run",
  started: "run",
  resumed: "run",
  signal: "run",
  opened: "wait",
  open: "wait",
  waiting: "wait",
  paused: "wait",
  parked: "wait",
  retrying: "wait",
  orphaned: "wait",
  interrupted: "wait",
  budget: "wait",
  reopened: "wait",
  stale: "wait",
  unknown: "unknown",
};

/** Returns the tone of a status: of a run, a step, or an event. */
export function toneOf(status: string): Tone {
  return TONES[status] ?? "idle";
}
