import type { StepInfo } from "@automatosx/rescript-core";
import type { RunView } from "../RunView.js";
import { namesOf } from "./count.js";
import { failedStep } from "./failed-step.js";
import { holdOf, pauseText } from "./pause.js";
import { shortError } from "./reason.js";
import { describeRerun, RerunMarks } from "./rerun-marks.js";
import { completedText, isOwned, type RunFacts, runWord, stopText } from "./run-word.js";
import { shortId } from "./short-id.js";

/** The maximum number of steps that explain where a run is. */
const STEP_LIMIT = 5;

const ERROR_LENGTH = 500;

/** Why a run is where it is. */
export interface RunCause {
  /** As a sentence. */
  readonly text: string;
  /** The steps that explain it, in this order. */
  readonly stepIds: readonly string[];
}

/** Returns why a run has ended, is paused, or has not ended yet. */
export function causeOfRun(run: RunFacts, view: RunView): RunCause {
  const name = `run ${shortId(run.runId)}`;
  const steps = view.steps();
  switch (run.status) {
    case "completed":
      return { text: `${name} is ${completedText(view.metrics())}${stopped(view)}`, stepIds: [] };
    case "failed": {
      const failed = failedStep(steps);
      const isOfStep = run.errorCode === "step_failed" && failed !== undefined;
      const text = `${name} failed: ${shortError(run.error ?? "", ERROR_LENGTH)}${stopped(view)}`;
      return { text, stepIds: isOfStep ? [failed.id] : [] };
    }
    case "cancelled": {
      const why = run.error === undefined ? "" : `: ${shortError(run.error, ERROR_LENGTH)}`;
      return { text: `${name} was cancelled${why}${stopped(view)}`, stepIds: [] };
    }
    case "paused":
      return causeOfPause(name, view, steps);
    case "running":
      return causeOfRunning(name, run, steps);
  }
}

function stopped({ stopped: stop }: RunView): string {
  return stop === undefined ? "" : `; it was stopped ${stopText(stop)}`;
}

function causeOfPause(name: string, view: RunView, steps: readonly StepInfo[]): RunCause {
  const pause = holdOf(view);
  const why = pause === undefined ? "" : pauseText(pause);
  const asking =
    pause?.reason === "waiting" ? pause.questions.map(({ stepId }) => stepId) : undefined;
  // Without fan-outs and loops, which start no run themselves.
  const joining = steps.flatMap(({ id, status, workflow, kind }) =>
    status === "open" && workflow !== undefined && kind === undefined ? [id] : [],
  );
  // An edit may have closed what the run was paused for.
  if (asking !== undefined && asking.length + joining.length > 0)
    return {
      text: `${name} is paused: it ${why || `waits for the runs of ${namesOf(joining)}`}`,
      stepIds: [...asking, ...joining].slice(0, STEP_LIMIT),
    };
  if (pause?.reason === "budget") return { text: `${name} is paused: ${why}`, stepIds: [] };
  const { last } = new RerunMarks(view);
  const next = unsettled(steps, ["running", "ready", "waiting", "open"]);
  return {
    text:
      last === undefined
        ? `${name} is paused, because a person paused it`
        : `${name} is paused: ${describeRerun(last)}, and nothing was started since`,
    stepIds: next,
  };
}

function causeOfRunning(name: string, run: RunFacts, steps: readonly StepInfo[]): RunCause {
  const busy = unsettled(steps, ["running"]);
  const stepIds = busy.length > 0 ? busy : unsettled(steps, ["waiting", "ready", "open"]);
  if (!isOwned(run)) return { text: `${name} is ${runWord(run)}: its process is gone`, stepIds };
  const what = busy.length === 0 ? "" : `: it performs ${namesOf(busy)}`;
  return { text: `${name} is running${what}`, stepIds };
}

function unsettled(
  steps: readonly StepInfo[],
  statuses: readonly StepInfo["status"][],
): readonly string[] {
  return steps
    .filter(({ status, kind }) => kind === undefined && statuses.includes(status))
    .map(({ id }) => id)
    .slice(0, STEP_LIMIT);
}
