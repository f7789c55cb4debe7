import type { IconName, Tone } from "./Icons.jsx";

/** How a status is shown besides its word: a shape and a colour. */
export interface Look {
  readonly icon: IconName;
  readonly tone: Tone;
}

/** A status is never shown by colour alone: no two statuses of one kind share a shape. */
const LOOKS: Readonly<Record<string, Look>> = {
  // Runs and steps.
  running: { icon: "running", tone: "run" },
  completed: { icon: "completed", tone: "ok" },
  failed: { icon: "failed", tone: "fail" },
  cancelled: { icon: "cancelled", tone: "idle" },
  paused: { icon: "paused", tone: "wait" },
  orphaned: { icon: "orphaned", tone: "wait" },
  interrupted: { icon: "orphaned", tone: "wait" },
  damaged: { icon: "damaged", tone: "fail" },
  quarantined: { icon: "damaged", tone: "fail" },
  unknown: { icon: "unknown", tone: "unk" },

  // Steps.
  pending: { icon: "pending", tone: "idle" },
  ready: { icon: "ready", tone: "run" },
  waiting: { icon: "retry", tone: "wait" },
  parked: { icon: "quota", tone: "wait" },
  open: { icon: "gate", tone: "wait" },
  skipped: { icon: "skipped", tone: "idle" },
  reused: { icon: "cached", tone: "ok" },

  // Events.
  started: { icon: "play", tone: "run" },
  retrying: { icon: "retry", tone: "wait" },
  opened: { icon: "gate", tone: "wait" },
  approved: { icon: "completed", tone: "ok" },
  rejected: { icon: "cancelled", tone: "fail" },
  signal: { icon: "right", tone: "run" },
  budget: { icon: "paused", tone: "wait" },
  stopped: { icon: "stop", tone: "idle" },
  checkpoint: { icon: "flag", tone: "idle" },
  edited: { icon: "stale", tone: "wait" },
  reopened: { icon: "left", tone: "wait" },
  amended: { icon: "workflow", tone: "wait" },

  // The verdicts of a plan.
  kept: { icon: "cached", tone: "ok" },
  stale: { icon: "stale", tone: "wait" },
  new: { icon: "play", tone: "run" },
  run: { icon: "play", tone: "run" },
  again: { icon: "retry", tone: "run" },
  asks: { icon: "gate", tone: "wait" },
  dropped: { icon: "cancelled", tone: "idle" },

  // Problems of a file, and checks.
  error: { icon: "failed", tone: "fail" },
  warning: { icon: "damaged", tone: "wait" },
  ok: { icon: "completed", tone: "ok" },
};

const UNKNOWN_WORD: Look = { icon: "pending", tone: "idle" };

/** The shape and the colour of a status; those of a step that has not begun for any other word. */
export function lookOf(status: string): Look {
  return LOOKS[status] ?? UNKNOWN_WORD;
}

const TONES = {
  ok: "ok",
  fail: "fail",
  run: "run",
  wait: "wait",
  unknown: "unk",
  idle: "idle",
} as const satisfies Readonly<Record<string, Tone>>;

/** The class for a tone of the API. */
export function toneClass(tone: keyof typeof TONES): Tone {
  return TONES[tone];
}
