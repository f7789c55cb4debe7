import { isKept } from "@automatosx/run-view";
import {
  RunQueries,
  type StepSnapshot,
  type WorkflowMachine,
} from "../core/workflow-state-machine.js";

/**
 * What followed from an event for steps that it does not name, by path. A journal entry contains it
 * for users who query the table; decoding ignores it, because the machine derives it again.
 */
export interface StepConsequences {
  readonly skipped?: readonly string[];
  /** Groups, fan-outs, loops, gates and waits that have begun, and answers that are checked. */
  readonly opened?: readonly string[];
  /** Steps that are completed without an outcome of their own, such as groups, gates and waits. */
  readonly completed?: readonly string[];
  /** Steps that failed without an attempt, such as a group with a failed step inside. */
  readonly failed?: readonly string[];
  /** Steps that a stop, a total timeout or a cancellation has ended. */
  readonly cancelled?: readonly string[];
  /** Steps whose outcome is unknown, because a total timeout or a restore has ended an attempt. */
  readonly unknown?: readonly string[];
  /** The opened steps that have no steps inside: gates, waits, answers being checked. */
  readonly leaves?: readonly string[];
  /**
   * The skipped, completed, failed and cancelled steps that have no attempts and were not open:
   * those with steps inside, and stops.
   */
  readonly composites?: readonly string[];
  /** The new status of the event's step, if the type of the event does not imply it. */
  readonly status?: string;
  /** The steps that have an earlier result again, which was on offer since the run went back. */
  readonly taken?: readonly string[];
  /** The stop that ends the run. */
  readonly stopped?: string;
  /** The keys of the items of each fan-out that has begun. */
  readonly added?: Readonly<Record<string, readonly string[]>>;
}

/** The notes that list paths. */
type ListName = Exclude<keyof StepConsequences, "added" | "status" | "stopped">;

/** The value for an event from which nothing followed. */
export const NOTHING: StepConsequences = {};

/** Returns what followed from an event. `stepId` is the step that the event itself is about. */
export function consequencesOf(
  before: WorkflowMachine,
  after: WorkflowMachine,
  stepId?: string,
): StepConsequences {
  if (RunQueries.consequences(before) === RunQueries.consequences(after)) return NOTHING;
  return consequencesFor(RunQueries.changedSteps(after, before), before, after, stepId);
}

/** The same, for these steps, whose progress differs. */
export function consequencesFor(
  changedSteps: readonly StepSnapshot[],
  before: WorkflowMachine,
  after: WorkflowMachine,
  stepId?: string,
): StepConsequences {
  const paths = new Map<ListName, string[]>();
  const add = (name: ListName, id: string): void => {
    const known = paths.get(name);
    if (known === undefined) paths.set(name, [id]);
    else known.push(id);
  };
  const added: [string, readonly string[]][] = [];
  for (const changed of changedSteps) {
    const { id, status, detail } = changed;
    const name = NAME_OF_STATUS.get(status);
    if (name === undefined || id === stepId) continue;
    if (isKept(changed, { before, after })) {
      if (status === "completed") add("taken", id);
      continue;
    }
    add(name, id);
    const step = RunQueries.step(after, id);
    const isComposite = step?.kind !== undefined;
    if (status === "open") {
      if (!isComposite) add("leaves", id);
    } else if (
      (isComposite || step?.stop !== undefined) &&
      RunQueries.step(before, id)?.status !== "open"
    )
      add("composites", id);
    const keys = detail?.keys;
    if (keys !== undefined && RunQueries.step(before, id)?.detail?.keys === undefined)
      added.push([id, keys]);
  }
  const stopped = RunQueries.stopped(before) === undefined && RunQueries.stopped(after)?.stepId;
  return {
    ...Object.fromEntries(paths),
    ...(added.length > 0 && { added: Object.fromEntries(added) }),
    ...(typeof stopped === "string" && { stopped }),
  };
}

const NAME_OF_STATUS: ReadonlyMap<string, ListName> = new Map([
  ["skipped", "skipped"],
  ["open", "opened"],
  ["completed", "completed"],
  ["failed", "failed"],
  ["cancelled", "cancelled"],
  ["unknown", "unknown"],
]);
