import { RunQueries, type StepInfo, type WorkflowEvent } from "@automatosx/rescript-core";
import type { AcceptedEvent } from "./AcceptedEvent.js";

const REPLANTS: ReadonlySet<string> = new Set<WorkflowEvent["type"]>([
  "result_edited",
  "steps_reopened",
  "definition_changed",
]);

/**
 * Whether an event goes back: it forgets the statuses of all steps, and executes the run again with
 * the results that still fit.
 */
export function isReplant(event: WorkflowEvent): boolean {
  return REPLANTS.has(event.type) || (event.type === "gate_answered" && event.edits !== undefined);
}

/** What an event that goes back has changed, by path. */
export interface ReplantChanges {
  /**
   * How many steps without inner steps stay as they were, of those that had begun; how many are
   * entered again, did not exist before, and were removed.
   */
  readonly counts: Readonly<Record<"kept" | "stale" | "new" | "dropped", number>>;
  /** The steps that had begun or had an outcome, and are entered again. */
  readonly stale: readonly string[];
  /** The steps that did not exist before. */
  readonly added: readonly string[];
  /** The steps that were removed. */
  readonly dropped: readonly string[];
  /** The steps whose status is another one now, and not because they are entered again. */
  readonly changed: readonly StepInfo[];
  /** The changed steps that have an earlier result again. */
  readonly taken: readonly string[];
}

const UNBEGUN: ReadonlySet<string> = new Set<StepInfo["status"]>(["pending", "ready"]);

/** Compares the steps before and after an event that goes back. */
export function replantChanges({
  before,
  after,
}: Pick<AcceptedEvent, "before" | "after">): ReplantChanges {
  const earlier = new Map(RunQueries.steps(before).map((step) => [step.id, step]));
  // The entry that restored a fork names all results that it took along.
  const isFork = RunQueries.state(before) === "restoring_from_checkpoint";
  const restored = new Set(isFork ? RunQueries.checkpointData(before, "").completedSteps : []);
  const [stale, added, taken]: [string[], string[], string[]] = [[], [], []];
  const changed: StepInfo[] = [];
  const counts = { kept: 0, stale: 0, new: 0, dropped: 0 };
  const count = ({ kind }: StepInfo, as: keyof typeof counts): void => {
    if (kind === undefined) counts[as] += 1;
  };
  for (const step of RunQueries.steps(after)) {
    const { id, status } = step;
    const was = earlier.get(id);
    earlier.delete(id);
    if (was === undefined) {
      added.push(id);
      count(step, "new");
    }
    const hadBegun = restored.has(id) || (was !== undefined && !UNBEGUN.has(was.status));
    if (UNBEGUN.has(status)) {
      if (!hadBegun) continue;
      stale.push(id);
      count(step, "stale");
    } else if (was?.status !== status) {
      changed.push(step);
      if (status === "completed" && isOld(step, after)) taken.push(id);
    } else count(step, "kept");
  }
  const dropped = [...earlier.keys()];
  for (const step of earlier.values()) count(step, "dropped");
  return { counts, stale, added, dropped, changed, taken };
}

// A step that has its outcome from this event has the instant of this event.
function isOld({ kind, finishedAt }: StepInfo, after: AcceptedEvent["after"]): boolean {
  return kind === undefined && finishedAt !== RunQueries.now(after);
}
