import type { StepInfo } from "@automatosx/workflow/observe";

const SETTLED: ReadonlySet<StepInfo["status"]> = new Set([
  "completed",
  "failed",
  "skipped",
  "cancelled",
]);

/** Whether a step with this status does nothing more, unless its run is resumed. */
export function isSettled(status: StepInfo["status"]): boolean {
  return SETTLED.has(status);
}
