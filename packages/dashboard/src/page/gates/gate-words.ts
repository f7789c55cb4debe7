import { grouped, wholeSeconds } from "@automatosx/run-view";
import type { GivenAnswer } from "../../api/common.schema.js";
import type { GateDecision, GateRow } from "../../api/gate.schema.js";
import type { IconName, Tone } from "../shell/Icons.jsx";
import { dayShort, startOfDay, timeOfDay } from "../shell/time.js";

/** How a question is shown in one word, with its shape and its colour. */
export interface GateLook {
  readonly icon: IconName;
  readonly tone: Tone;
  readonly word: string;
}

const OPEN: Readonly<Record<GateRow["kind"], GateLook>> = {
  gate: { icon: "gate", tone: "wait", word: "waits for you" },
  signal: { icon: "gate", tone: "wait", word: "waits for a signal" },
  unknown: { icon: "unknown", tone: "unk", word: "unknown outcome" },
  budget: { icon: "paused", tone: "wait", word: "budget used up" },
};

/** How a question looks: what it waits for, or how it was answered. */
export function gateLook({ kind, answer }: Pick<GateRow, "kind" | "answer">): GateLook {
  if (answer === null) return OPEN[kind];
  const isRefusal = answer.decision === "rejected" || answer.decision === "expired";
  return {
    icon: isRefusal ? "cancelled" : "completed",
    tone: isRefusal ? "idle" : "ok",
    word: answer.decision,
  };
}

/** `rejects in 23h31m`, or that it stays open. */
export function expiryShort({ dueAt, expiry }: GateRow, now: number): string {
  if (dueAt === undefined) return "does not expire";
  const what = (expiry ?? "expires").replace(/ itself$/, "");
  return dueAt <= now ? `${what} now` : `${what} in ${wholeSeconds(dueAt - now)}`;
}

/** `rejects itself tomorrow at 14:12`, or that it stays open. */
export function expiryLong({ dueAt, expiry }: GateRow, now: number): string {
  if (dueAt === undefined) return "does not expire";
  return `${expiry ?? "expires"} ${dayWord(dueAt, now)}at ${timeOfDay(dueAt)}`;
}

const DAY_MS = 86_400_000;

function dayWord(at: number, now: number): string {
  const days = Math.round((startOfDay(at) - startOfDay(now)) / DAY_MS);
  if (days === 0) return "";
  return days === 1 ? "tomorrow " : `on ${dayShort(at, now)} `;
}

/** `approved by anna at 12:04`. */
export function answerText({ decision, by, at }: GivenAnswer, now: number): string {
  const day = startOfDay(at) === startOfDay(now) ? "" : ` on ${dayShort(at, now)}`;
  return `${decision}${by === undefined ? "" : ` by ${by}`}${day} at ${timeOfDay(at)}`;
}

/** The names of the answers, as buttons and consequences say them. */
export const DECISION_WORDS: Readonly<Record<GateDecision, string>> = {
  approve: "Approve",
  edit: "Edit",
  send_back: "Send back",
  reject: "Reject",
  done: "It happened",
  not_done: "It did not happen",
  signal: "Send the signal",
  raise: "Raise the budget",
};

/** The look of each consequence. */
export const DECISION_LOOKS: Readonly<Record<GateDecision, { icon: IconName; tone: Tone }>> = {
  approve: { icon: "completed", tone: "ok" },
  edit: { icon: "completed", tone: "run" },
  send_back: { icon: "retry", tone: "run" },
  reject: { icon: "failed", tone: "fail" },
  done: { icon: "completed", tone: "ok" },
  not_done: { icon: "retry", tone: "run" },
  signal: { icon: "completed", tone: "ok" },
  raise: { icon: "completed", tone: "ok" },
};

/** What becomes of a note, and how long it is. */
export function noteHint(kind: GateRow["kind"], length: number, limit: number): string {
  const use = kind === "gate" ? "; if you reject, it is the reason" : "";
  return `${grouped(length)} of ${grouped(limit)} characters; kept with the run${use}`;
}
