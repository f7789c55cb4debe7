import type { Action } from "../Case.js";
import type { RunFacts } from "../RunFacts.js";
import type { LostAttempt } from "./job.js";

/** What is left of an action whose process was killed. `pause`: the run must still be paused. */
export type Rest = { readonly action: Action } | "pause" | "nothing";

/** What is known of an action that was interrupted. */
export interface Interrupted {
  readonly action: Action;
  /** The run as the kill left it. */
  readonly facts: RunFacts | undefined;
  /**
   * The types of the journal entries since the action began; `child_run` for those of a child run.
   */
  readonly since: readonly string[];
  /** The step that the action waits for was in flight. */
  readonly hasFired: boolean;
  readonly lost: readonly LostAttempt[];
}

/** Returns what a new process must do to finish an action. */
export function restOf(interrupted: Interrupted): Rest {
  const { action, facts, since } = interrupted;
  if (action.run === true)
    return facts === undefined ? { action: shifted(interrupted) } : restOfDrive(interrupted);
  if (action.resume === true) return restOfDrive(interrupted);
  if (action.cancel === true && facts?.status === "running" && since.length > 0)
    return { action: { resume: true } };
  // An answer, a signal or a change is one commit.
  return since.length > 0 ? "nothing" : { action };
}

function restOfDrive(interrupted: Interrupted): Rest {
  const { action, facts, since, hasFired } = interrupted;
  const isInProgress = facts?.status === "running";
  if (hasFired && action.pauseWhen !== undefined) return isInProgress ? "pause" : "nothing";
  if (hasFired && action.cancelWhen !== undefined && !since.includes("cancel_workflow"))
    return { action: { cancel: true } };
  if (hasFired && action.cancelWhen !== undefined)
    return isInProgress ? { action: { resume: true } } : "nothing";
  if (hasFired && action.crashWhen !== undefined) return "nothing";
  if (isInProgress) return { action: { ...shifted(interrupted), run: undefined, resume: true } };
  // A raised budget alone does not resume the run.
  const hasContinued = since.some((type) => type !== "budget_changed");
  return hasContinued ? "nothing" : { action: shifted(interrupted) };
}

/** Whether the attempt that the action waits for is the one that was lost. */
export function isLost(
  { lost, action: { attempt } }: Pick<Interrupted, "lost" | "action">,
  step: string,
): boolean {
  return lost.some(
    ({ stepId, attemptNumber }) =>
      stepId === step && (attempt === undefined || attempt === attemptNumber),
  );
}

/** Counts the attempts that were lost: a later attempt has a higher number by as many. */
function shifted({ action, lost }: Interrupted): Action {
  const { attempt } = action;
  const step = action.crashWhen ?? action.pauseWhen ?? action.cancelWhen;
  if (attempt === undefined || step === undefined) return action;
  const lostCount = lost.filter(({ stepId }) => stepId === step).length;
  return { ...action, attempt: attempt + lostCount };
}
