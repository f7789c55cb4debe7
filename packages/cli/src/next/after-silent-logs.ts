import type { StepInfo, StoragePort, StoredRun } from "@automatosx/workflow/observe";
import { shortId } from "../render/short-id.js";
import { type NextLine, next } from "./actions.js";
import { conditionOf } from "./run-condition.js";
import { storedSteps } from "./run-lines.js";

const UNFINISHED: ReadonlySet<StepInfo["status"]> = new Set([
  "pending",
  "ready",
  "waiting",
  "running",
]);

/** Where the output of a run on Restate is, if it is anywhere. */
const KEPT_ELSEWHERE =
  "Output of runs on Restate is kept only in the database that the workers name with `--sink`.";

/** A run or a step without output. */
export interface Silent {
  readonly storage: StoragePort;
  readonly run: StoredRun;
  readonly stepId: string | undefined;
  readonly attempt: number | undefined;
}

/** Says that there is no output, and whether the step has started. */
export function silenceText(silent: Silent): string {
  const { storage, run, stepId, attempt } = silent;
  const step = stepId === undefined ? undefined : stepOf(storage, run.runId, stepId);
  if (attempt === undefined && step?.attemptNumber === 0) {
    const canStart = run.status === "running" || run.status === "paused";
    return `Step \`${step.id}\` ${canStart ? "has not started yet" : "did not start"}.`;
  }
  const text = noOutputText(silent);
  return run.backend === "restate" ? `${text} ${KEPT_ELSEWHERE}` : text;
}

function noOutputText({ stepId, attempt }: Silent): string {
  if (attempt !== undefined) return `There is no output of attempt ${attempt}.`;
  if (stepId === undefined) return "The agents have written no output.";
  return `The agent of step \`${stepId}\` has written no output.`;
}

/** The line after logs without output: it waits for the output that may come, or shows the run. */
export function lineAfterSilence({ storage, run, stepId, attempt }: Silent): NextLine {
  const [id, condition] = [shortId(run.runId), conditionOf(run)];
  if (condition === "running" && stepId !== undefined && attempt === undefined) {
    const step = stepOf(storage, run.runId, stepId);
    if (step !== undefined && UNFINISHED.has(step.status))
      return next("follow_logs", condition, { run: id, step: stepId });
  }
  return next("show_run", condition, { run: id });
}

/** The line after an unknown step: it prints the output of the step that wrote first, if any did. */
export function lineForOtherStep(storage: StoragePort, run: StoredRun): NextLine {
  const [id, condition] = [shortId(run.runId), conditionOf(run)];
  const [first] = storage.readLogs(run.runId, undefined, 0, 1);
  return first === undefined
    ? next("show_run", condition, { run: id })
    : next("read_logs", condition, { run: id, step: first.stepId });
}

function stepOf(storage: StoragePort, runId: string, stepId: string): StepInfo | undefined {
  return storedSteps(storage, runId).find(({ id }) => id === stepId);
}
