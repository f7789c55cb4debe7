import {
  RunReader,
  type StepInfo,
  type StoragePort,
  type StoredRun,
} from "@automatosx/workflow/observe";
import { failedStep, type Pause, type RunView } from "@automatosx/workflow/run-view";
import { shortId } from "../render/short-id.js";
import { isSimulatedResult } from "../simulation-note.js";
import { pauseLine } from "../waiting/pause-line.js";
import { holdOf } from "../waiting/pause-of.js";
import { type NextLine, next, type ResumableCondition, type RunCondition } from "./actions.js";
import { conditionOf } from "./run-condition.js";

interface Resumed {
  readonly runId: string;
  readonly condition: ResumableCondition;
  readonly steps: readonly StepInfo[];
  /** What must change before it can continue. */
  readonly hold?: Pause | undefined;
  /** The `--agents` arguments with which the run was started, if they are known. */
  readonly args?: readonly string[];
}

/**
 * The line that lets a run continue: the answer that it waits for, a higher budget, or a resume. If
 * every result so far is simulated, the rest is simulated too: otherwise the command would call
 * real agents.
 */
export function resumeLine({ runId, condition, steps, hold, args = [] }: Resumed): NextLine {
  const run = shortId(runId);
  const line = hold === undefined ? undefined : pauseLine(run, hold, args);
  if (line !== undefined) return line;
  const kept = steps.filter(({ status }) => status === "completed");
  const isSimulated = kept.length > 0 && kept.every(({ result }) => isSimulatedResult(result));
  return isSimulated && args.length === 0 && condition !== "quarantined"
    ? next("resume_simulated", condition, { run })
    : next("resume_run", condition, { run, args });
}

/** The line that continues with a run: it follows, resumes or shows the run. */
export function continueLine(storage: StoragePort, stored: StoredRun): NextLine {
  const [run, condition] = [shortId(stored.runId), conditionOf(stored)];
  if (condition === "running") return next("follow_run", condition, { run });
  if (isEnded(condition)) return next("show_run", condition, { run });
  const view = storedView(storage, stored.runId);
  return resumeLine({
    runId: stored.runId,
    condition,
    steps: view?.steps() ?? [],
    hold: view === undefined ? undefined : holdOf(view, storage),
  });
}

/** The line after a run has been shown. */
export function lineAfterShow(storage: StoragePort, stored: StoredRun, view: RunView): NextLine {
  const steps = view.steps();
  const [run, condition] = [shortId(stored.runId), conditionOf(stored)];
  if (isEnded(condition)) return next("list_events", condition, { run });
  if (condition === "running") return next("follow_run", condition, { run });
  const hold = holdOf(view, storage);
  const step = condition === "failed" && hold === undefined ? failedStep(steps)?.id : undefined;
  if (step !== undefined && hasOutput(storage, stored.runId, step))
    return next("read_logs", condition, { run, step });
  return resumeLine({ runId: stored.runId, condition, steps, hold });
}

function isEnded(condition: RunCondition): condition is "completed" | "cancelled" {
  return condition === "completed" || condition === "cancelled";
}

/** Whether the agents of a run, or of one of its steps, have written output. */
export function hasOutput(storage: StoragePort, runId: string, stepId?: string): boolean {
  return storage.readLogs(runId, stepId, 0, 1).length > 0;
}

/** The steps of a stored run; none if its journal cannot be read. */
export function storedSteps(storage: StoragePort, runId: string): readonly StepInfo[] {
  return storedView(storage, runId)?.steps() ?? [];
}

/** A stored run; undefined if its journal cannot be read. */
export function storedView(storage: StoragePort, runId: string): RunView | undefined {
  try {
    return RunReader.open(storage, runId).catchUp().view;
  } catch {
    return undefined;
  }
}
