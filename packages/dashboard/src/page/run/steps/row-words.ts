import {
  cleanLine,
  count,
  namesOf,
  type ReasonedStep,
  type RunView,
  reasonOfSkip,
  type StepInfo,
  shortId,
  waitText,
} from "@automatosx/run-view";
import type { IconName, Tone } from "../../shell/Icons.jsx";
import { lookOf } from "../../shell/status-looks.js";
import type { StepRow } from "./step-rows.js";

/** What a row says. */
export interface RowWords {
  /** The name of the step without what is around it: `auth` of `build[auth]`. */
  readonly label: string;
  /** How many items or rounds there are: `×12`. */
  readonly chip?: string;
  readonly icon: IconName;
  readonly tone: Tone;
  /** The status, and what explains it. */
  readonly said: string;
  /** The whole row for a screen reader. */
  readonly sentence: string;
}

/** What the words of a row are made of. */
export interface Words {
  readonly view: RunView;
  readonly now: number;
  /** Whether a process works on the run: without one, no step is running. */
  readonly isOwned: boolean;
  /** How far what is inside a step has come. */
  progress(path: string): string | undefined;
}

/** Returns the words of the row of a step. */
export function wordsOfStep(row: StepRow, step: ReasonedStep, words: Words): RowWords {
  const status = step.status === "running" && !words.isOwned ? "interrupted" : step.status;
  const { icon, tone } = iconOf(step, status);
  const label = labelOf(step.id);
  const chip = chipOf(step);
  const said = saidOf(step, status, words);
  const sentence = [
    label,
    ...(chip === undefined ? [] : [spokenChip(step)]),
    ...(said.startsWith(status) ? [] : [status]),
    said,
  ].join(", ");
  return { label, ...(chip !== undefined && { chip }), icon, tone, said, sentence };
}

/** Returns the words of the row of a folded rest. */
export function wordsOfRest(rest: readonly StepInfo[]): RowWords {
  const counts = new Map<string, number>();
  for (const { status } of rest) counts.set(status, (counts.get(status) ?? 0) + 1);
  const parts = [...counts].toSorted((left, right) => right[1] - left[1]);
  const [first] = parts;
  const said =
    parts.length === 1
      ? (first?.[0] ?? "")
      : parts.map(([status, n]) => `${n} ${status}`).join(", ");
  const label = `${rest.length} more`;
  const { icon, tone } = lookOf(first?.[0] ?? "pending");
  return { label, icon, tone, said, sentence: `${label}, ${said}` };
}

/** `auth` for the item `build[auth]`, `round 2` for `fix#2`, `check 1` for `pay:check-1`. */
export function labelOf(path: string): string {
  const item = /\[([^\]]*)\]$/s.exec(path)?.[1];
  if (item !== undefined) return cleanLine(item);
  const round = /#(\d+)$/.exec(path)?.[1];
  if (round !== undefined) return `round ${round}`;
  const check = /:check-(\d+)$/.exec(path)?.[1];
  if (check !== undefined) return `check ${check}`;
  return cleanLine(path.replace(/^.*[.:]/s, "") || path);
}

function iconOf(step: StepInfo, status: string): { readonly icon: IconName; readonly tone: Tone } {
  const look = lookOf(status);
  if (status === "completed" && step.detail?.reused !== undefined) return lookOf("reused");
  if (status === "waiting" && step.waitingFor === "quota") return lookOf("parked");
  if (status === "open" && step.kind !== undefined) return lookOf("running");
  if (status === "pending" && step.kind === "loop") return { ...look, icon: "loop" };
  if (status === "open" && step.waitingFor !== "gate") return { ...look, icon: "quota" };
  return look;
}

function chipOf(step: StepInfo): string | undefined {
  const { kind, detail } = step;
  if (kind === "foreach" && detail?.keys !== undefined) return `×${detail.keys.length}`;
  if (kind === "loop" && step.loop !== undefined) return `≤ ${step.loop.max}`;
  if (step.id.startsWith(":failure.") && !step.id.slice(9).includes(".")) return "on failure";
  if (step.id.startsWith(":always.") && !step.id.slice(8).includes(".")) return "always";
  return undefined;
}

function spokenChip({ kind, detail, loop }: StepInfo): string {
  if (kind === "foreach") return count(detail?.keys?.length ?? 0, "item");
  return kind === "loop" ? `at most ${count(loop?.max ?? 0, "round")}` : "handler";
}

function saidOf(step: ReasonedStep, status: string, words: Words): string {
  const { kind, attemptNumber, detail, note, because, mark } = step;
  const marked = mark === undefined ? "" : ` ${mark}`;
  if (kind !== undefined && status !== "pending") {
    const progress = words.progress(step.id);
    const word = status === "open" ? "" : status;
    return [word, progress ?? ""].filter(Boolean).join(", ") + marked || status;
  }
  switch (status) {
    case "completed":
      if (detail?.reused !== undefined)
        return `completed, result of ${shortId(detail.reused.runId)}${marked}`;
      return `completed${attemptNumber > 1 ? `, attempt ${attemptNumber}` : ""}${marked}`;
    case "failed":
      return step.retries > 0
        ? `failed, ${attemptNumber} of ${step.retries + 1}${marked}`
        : `failed${marked}`;
    case "running":
    case "interrupted":
      return `${status}${attemptNumber > 1 ? `, attempt ${attemptNumber}` : ""}`;
    case "waiting":
      return step.retryAt === undefined ? status : waitText(step, words.now);
    case "open":
      return note === undefined ? status : `${status}, ${note}`;
    case "skipped":
      return because === undefined ? status : `skipped (${reasonOfSkip(because)})`;
    case "unknown":
      // The note says it in whole.
      return note ?? status;
    case "pending":
      return pendingText(step, words.view) + marked;
    default:
      return note === undefined ? status + marked : `${status}, ${note}`;
  }
}

function pendingText({ id }: StepInfo, view: RunView): string {
  const [cause] = view.why(id);
  return cause?.type === "dependencies" && cause.waitsFor.length > 0
    ? `waits for ${namesOf(cause.waitsFor)}`
    : "pending";
}
