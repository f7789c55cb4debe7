import type { StoredRun } from "@automatosx/workflow/observe";
import type { ShownStep } from "@automatosx/workflow/run-view";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import { shownStatus } from "./run-status.js";
import { shortId } from "./short-id.js";

/** The steps, with the run that each has started as its note: `run 7fk2aa.audit (running)`. */
export function withChildRuns(
  steps: readonly ShownStep[],
  runs: readonly StoredRun[],
): readonly ShownStep[] {
  if (runs.length === 0) return steps;
  const byStep = new Map(runs.map((run) => [run.parentStepId, run]));
  return steps.map((step) => {
    const run = byStep.get(step.id);
    if (run === undefined || step.status === "completed") return step;
    const note = `run ${shortId(run.runId)} (${shownStatus(run)})`;
    const why = step.status === "failed" ? run.error : undefined;
    return { ...step, note: why === undefined ? note : `${note}: ${cleanLine(why)}` };
  });
}
