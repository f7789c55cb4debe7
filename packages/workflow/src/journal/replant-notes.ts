import { isReplant, type ReplantChanges, replantChanges } from "@automatosx/run-view";
import type { WorkflowEvent, WorkflowMachine } from "../core/workflow-state-machine.js";
import { consequencesFor, consequencesOf, type StepConsequences } from "./step-consequences.js";

/** What an event that goes back has changed, as its journal entry says it to users. */
export interface ReplantNotes extends StepConsequences {
  /** How many steps without inner steps stay as they were, of those that had begun. */
  readonly kept?: number;
  /** The steps that had begun or had an outcome, and are entered again. */
  readonly stale?: readonly string[];
  /** The steps that did not exist before. */
  readonly new?: readonly string[];
  /** The steps that were removed. */
  readonly dropped?: readonly string[];
}

/** Returns the notes of an event. `stepId` is the step that the event itself is about. */
export function notesOf(
  event: WorkflowEvent,
  before: WorkflowMachine,
  after: WorkflowMachine,
  stepId?: string,
): ReplantNotes {
  if (event.type === "restore_checkpoint") {
    // The entry lists what it restores.
    const { taken: _, ...followed } = consequencesOf(before, after);
    return followed;
  }
  if (!isReplant(event)) return consequencesOf(before, after, stepId);
  const changes = replantChanges({ before, after });
  return { ...countsAndPaths(changes), ...consequencesFor(changes.changed, before, after, stepId) };
}

function countsAndPaths({ counts, stale, added, dropped }: ReplantChanges): ReplantNotes {
  return {
    kept: counts.kept,
    ...(stale.length > 0 && { stale }),
    ...(added.length > 0 && { new: added }),
    ...(dropped.length > 0 && { dropped }),
  };
}
