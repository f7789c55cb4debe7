/**
 * What kind of news a status is. A screen gives each tone its own colour and shape, beside the
 * word.
 */
export type Tone = "ok" | "failed" | "running" | "waiting" | "unknown" | "idle";

const TONES: Readonly<Record<string, Tone>> = {
  completed: "ok",
  approved: "ok",
  kept: "ok",
  reused: "ok",
  failed: "failed",
  damaged: "failed",
  rejected: "failed",
  running: "running",
  ready: "running",
  started: "running",
  resumed: "running",
  signal: "running",
  opened: "waiting",
  open: "waiting",
  waiting: "waiting",
  paused: "waiting",
  parked: "waiting",
  retrying: "waiting",
  orphaned: "waiting",
  interrupted: "waiting",
  budget: "waiting",
  reopened: "waiting",
  stale: "waiting",
  unknown: "unknown",
};

/** Returns the tone of a status: of a run, a step, or an event. */
export function toneOf(status: string): Tone {
  return TONES[status] ?? "idle";
}
