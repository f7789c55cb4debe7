import type { StepPreview } from "@automatosx/workflow";
import type { RerunPlan } from "@automatosx/workflow/run-view";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import type { CliIo } from "../io.js";
import type { Output } from "../Output.js";
import { type Cell, table } from "../render/table.js";
import { count, duration } from "../render/words.js";
import type { Measured } from "./measured.js";

/** The maximum number of rows; the steps that are kept are left out first. */
const ROW_LIMIT = 40;

/** A table with the verdict of each step, and the reason. */
export function rerunTable(out: Output, rerun: RerunPlan): string[] {
  const { steps } = rerun;
  const shown = steps.length <= ROW_LIMIT ? steps : changedFirst(steps).slice(0, ROW_LIMIT);
  const rows = shown.map((step): Cell[] => [
    step.stepId,
    { status: step.verdict },
    rerun.reason(step),
  ]);
  const lines = table(out, ["STEP", "", "WHY"], rows);
  const omitted = steps.length - shown.length;
  return omitted > 0 ? [...lines, `… and ${omitted} more`] : lines;
}

/** The number of steps with each verdict, and what the steps to perform took before. */
export function rerunSummary(rerun: RerunPlan, measured: Measured): string {
  const tally = rerun.tally();
  if (measured.stepCount === 0) return tally;
  const { stepCount, durationMs, usd, tokens } = measured;
  const cost = [
    duration(durationMs),
    ...(usd === undefined ? [] : [`$${usd.toFixed(2)}`]),
    ...(tokens === undefined ? [] : [count(tokens, "token")]),
  ].join(", ");
  const whose = stepCount === 1 ? "one of them" : `${stepCount} of them`;
  const performed = rerun.performed().length;
  const what = stepCount === performed ? "they" : whose;
  return `${tally}; the last time, ${performed === 1 ? "the step" : what} took ${cost}`;
}

/** Prints the verdict of each step, and the numbers. */
export function renderRerun({ stdout }: CliIo, rerun: RerunPlan, measured: Measured): void {
  for (const line of rerunTable(stdout, rerun)) stdout.line(line);
  stdout.line(rerunSummary(rerun, measured));
}

/** Names the steps whose attempts are stopped; undefined if there are none. */
export function stoppedText(stopped: readonly string[]): string | undefined {
  if (stopped.length === 0) return undefined;
  const names = stopped.slice(0, ROW_LIMIT).map((id) => cleanLine(id));
  return `Stopped ${count(stopped.length, "attempt")} in flight: ${names.join(", ")}.`;
}

/** The verdicts of the steps, as `--json` prints them. */
export function rerunAsJson(rerun: RerunPlan, measured?: Measured): object {
  return {
    steps: rerun.steps.map((step) => ({ ...step, reason: rerun.reason(step) })),
    counts: rerun.counts(),
    ...(measured !== undefined && { measured }),
  };
}

function changedFirst(steps: readonly StepPreview[]): readonly StepPreview[] {
  const isKept = ({ verdict }: StepPreview): boolean => verdict === "kept";
  return [...steps.filter((step) => !isKept(step)), ...steps.filter(isKept)];
}
