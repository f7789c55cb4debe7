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

/** A run or a step without output. */
export interface Silent {
  readonly storage: StoragePort;
  readonly run: StoredRun;
  readonly stepId: string | undefined;
  readonly attempt: number | undefined;
  /** Whether the workers of the run keep no output. */
  readonly isNotKept: boolean;
}

/** Says that there is no output, and whether the step has started. */
export function silenceText({ storage, run, stepId, attempt, isNotKept }: Silent): string {
  if (isNotKept)
    return (
      "The output of agents was not kept: the workers have no --sink. Start all of them with the " +
      "same --sink, sqlite:PATH or postgres://…, to keep the output of further steps."
    );
  if (run.backend !== undefined && !("readLogsOfWorkers" in storage))
    return (
      "No output is in this copy of a run of Restate: name its server with --backend, and " +
      "workers with a --sink send it."
    );
  if (attempt !== undefined) return `There is no output of attempt ${attempt}.`;
  if (stepId === undefined) return "The agents have written no output.";
  const step = stepOf(storage, run.runId, stepId);
  if (step === undefined || step.attemptNumber > 0)
    return `The agent of step \`${stepId}\` has written no output.`;
  const canStart = run.status === "running" || run.status === "paused";
  return `Step \`${stepId}\` ${canStart ? "has not started yet" : "did not start"}.`;
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
