import { isOwned, isQuarantined, type StoredRun } from "@automatosx/workflow/observe";
import { type RunView, shortId } from "@automatosx/workflow/run-view";
import type { Action, RunActions } from "../api/run.schema.js";
import type { RunControl } from "./DashboardOptions.js";
import { failedSteps } from "./failed-steps.js";

type Condition =
  | "running"
  | "pausing"
  | "paused"
  | "orphaned"
  | "quarantined"
  | "failed"
  | "completed"
  | "cancelled"
  | "damaged";

/** What is known of a run whose actions are asked for. */
export interface ActionSubject {
  readonly row: StoredRun;
  /** Absent if the journal cannot be read. */
  readonly view?: RunView | undefined;
  /** How many checkpoints the run has. */
  readonly checkpointCount: number;
  readonly isReadOnly: boolean;
}

/** Returns what can be done with a run now, why not, and the command that does the same. */
export function actionsOf(
  subject: ActionSubject,
  { typed }: Pick<RunControl, "typed">,
): RunActions {
  const { row, view } = subject;
  const condition = conditionOf(row, view);
  const run = shortId(row.runId);
  const action = (because: string | undefined, ...words: readonly string[]): Action => {
    const command = typed(words);
    const reason = subject.isReadOnly ? "This server only shows runs." : because;
    return reason === undefined ? { can: true, command } : { can: false, because: reason, command };
  };
  return {
    pause: action(whyNotPause(condition), "pause", run),
    cancel: action(whyNotCancel(condition), "cancel", run),
    checkpoint: action(whyNotCheckpoint(condition), "checkpoint", run),
    resume: action(whyNotResume(condition, view), "resume", run),
    retry: action(whyNotRetry(condition, view), ...retryWords(condition, view, run)),
    restore: action(whyNotRestore(condition, subject.checkpointCount), "resume", "CHECKPOINT"),
    fork: action(whyNotFork(condition, view), "fork", run),
  };
}

/** How many steps a command names at most. */
const MAX_NAMED = 5;

/** The words of the command that performs the failed steps again. */
function retryWords(
  condition: Condition,
  view: RunView | undefined,
  run: string,
): readonly string[] {
  // Resuming a failed run performs exactly its failed steps again.
  if (condition === "failed") return ["resume", run];
  const steps = view === undefined ? [] : failedSteps(view);
  const named = steps.length === 0 || steps.length > MAX_NAMED ? ["STEP"] : steps;
  return ["retry", run, ...named.flatMap((step) => ["--step", step])];
}

function conditionOf(row: StoredRun, view: RunView | undefined): Condition {
  if (row.damage !== undefined || view === undefined) return "damaged";
  if (row.status === "paused") return isOwned(row) ? "pausing" : "paused";
  if (row.status !== "running") return row.status;
  if (isOwned(row)) return "running";
  return isQuarantined(row) ? "quarantined" : "orphaned";
}

const DAMAGED = "The stored run is damaged, so nothing can be done with it.";

/** Why a run in this condition takes no commands, if it takes none. */
function ended(condition: Condition): string | undefined {
  switch (condition) {
    case "damaged":
      return DAMAGED;
    case "completed":
    case "cancelled":
      return `The run is ${condition}.`;
    default:
      return undefined;
  }
}

function whyNotPause(condition: Condition): string | undefined {
  if (condition === "failed") return "The run has failed.";
  if (condition === "paused") return "The run is paused.";
  if (condition === "pausing") return "The run is pausing: its running steps finish.";
  return ended(condition);
}

function whyNotCancel(condition: Condition): string | undefined {
  return condition === "failed"
    ? "The run has failed, so nothing is left to end."
    : ended(condition);
}

function whyNotCheckpoint(condition: Condition): string | undefined {
  return condition === "failed" ? "The run has failed." : ended(condition);
}

function whyNotResume(condition: Condition, view: RunView | undefined): string | undefined {
  if (condition === "running") return "A process works on the run.";
  if (condition === "paused" && view?.pausedFor === "waiting")
    return "The run waits for an answer; it continues once that is given.";
  if (condition === "paused" && view?.pausedFor === "budget")
    return "The run has used up its budget, which must be raised first.";
  return ended(condition);
}

function whyNotRetry(condition: Condition, view: RunView | undefined): string | undefined {
  const reason = ended(condition);
  if (reason !== undefined) return reason;
  const { completed = 0, failed = 0 } = view?.counts() ?? {};
  return completed + failed > 0 ? undefined : "No step has completed or failed yet.";
}

function whyNotRestore(condition: Condition, checkpointCount: number): string | undefined {
  const reason = ended(condition);
  if (reason !== undefined) return reason;
  if (condition === "running" || condition === "pausing")
    return "A process works on the run; pause it first.";
  return checkpointCount === 0 ? "The run has no checkpoint." : undefined;
}

function whyNotFork(condition: Condition, view: RunView | undefined): string | undefined {
  if (condition === "damaged") return DAMAGED;
  return view?.hasGraph === true ? undefined : "The run has no steps yet.";
}
