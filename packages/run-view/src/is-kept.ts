import { RunQueries, type StepSnapshot } from "@automatosx/rescript-core";
import type { AcceptedEvent } from "./AcceptedEvent.js";

/**
 * Whether the outcome of a step that changed without an event of its own is that of an earlier
 * attempt, which a restored run has kept.
 */
export function isKept(
  { id, status, detail, finishedAt }: StepSnapshot,
  { before, after }: Pick<AcceptedEvent, "before" | "after">,
): boolean {
  const step = RunQueries.step(after, id);
  if (step === undefined || step.kind !== undefined) return false;
  // A failure that follows from the event of another step has a reason.
  if (status === "failed") return detail?.reason === undefined;
  if (status !== "completed") return false;
  // These may have their outcome without an attempt, perhaps in the event in which they began.
  const isImmediate = step.gate !== undefined || step.wait !== undefined || step.stop !== undefined;
  const earlier = RunQueries.step(before, id)?.status;
  const mayEndNow = isImmediate || earlier === "open" || earlier === "unknown";
  return !mayEndNow || finishedAt !== RunQueries.now(after);
}
