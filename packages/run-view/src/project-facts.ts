import { RunQueries } from "@automatosx/rescript-core";
import type { RunEvent } from "@automatosx/schemas";
import type { AcceptedEvent } from "./AcceptedEvent.js";
import { editedStep } from "./edited-step.js";

interface About {
  readonly runId: string;
  readonly seq: number;
  readonly at: number;
}

/** How many steps an event that goes back has kept, made stale, added and dropped. */
export interface ReplantCounts {
  readonly kept: number;
  readonly stale: number;
  readonly new: number;
  readonly dropped: number;
}

const NO_COUNTS: ReplantCounts = { kept: 0, stale: 0, new: 0, dropped: 0 };

/** Returns the event for what a user or another program has told the run. */
export function projectFact(
  about: About,
  { event, before, after }: AcceptedEvent,
  counts: ReplantCounts = NO_COUNTS,
): RunEvent[] {
  switch (event.type) {
    case "gate_answered": {
      const { stepId, attemptNumber, approved, by, note, edits } = event;
      const answered: RunEvent = {
        ...about,
        ...{ type: "gate_answered", stepId, attemptNumber, approved },
        ...(by !== undefined && { by }),
        ...(note !== undefined && { note }),
      };
      const edited = edits === undefined ? undefined : editedStep(before, stepId);
      if (edited === undefined) return [answered];
      return [
        {
          ...about,
          ...{ type: "result_edited", stepId: edited.id, attemptNumber: edited.attemptNumber },
          ...counts,
          ...(by !== undefined && { by }),
        },
        answered,
      ];
    }
    case "result_edited": {
      const { stepId, attemptNumber, by, note } = event;
      return [
        {
          ...about,
          ...{ type: "result_edited", stepId, attemptNumber, ...counts },
          ...(by !== undefined && { by }),
          ...(note !== undefined && { note }),
        },
      ];
    }
    case "steps_reopened": {
      const { stepIds, downstream, by } = event;
      return [
        {
          ...about,
          ...{ type: "steps_reopened", stepIds: [...stepIds], downstream, ...counts },
          ...(by !== undefined && { by }),
        },
      ];
    }
    case "definition_changed": {
      const { definitionHash, by } = event;
      return [
        {
          ...about,
          ...{ type: "definition_changed", definitionHash, ...counts },
          ...(by !== undefined && { by }),
        },
      ];
    }
    case "signal_received": {
      const { name } = event;
      // The signal may also end other steps, such as those that a stop cancels.
      const stepId = RunQueries.changedSteps(after, before).find(
        ({ id, status }) =>
          status === "completed" && RunQueries.question(before, id)?.signal === name,
      )?.id;
      const received = { ...about, type: "signal_received", name } as const;
      return [stepId === undefined ? received : { ...received, stepId }];
    }
    default:
      return [];
  }
}

/** Returns the event for a stop that the run has reached. */
export function projectStop(about: About, { before, after }: AcceptedEvent): RunEvent[] {
  const stop = RunQueries.stopped(after);
  if (stop === undefined || RunQueries.stopped(before) !== undefined) return [];
  const { stepId, as, reason } = stop;
  const stopped = { ...about, type: "run_stopped", stepId, as } as const;
  return [reason === undefined ? stopped : { ...stopped, reason }];
}

/** Returns an event for each limit of the budget of which a notable share is used now. */
export function projectBudget(about: About, { before, after }: AcceptedEvent): RunEvent[] {
  const { budget } = RunQueries.policy(after);
  if (budget === undefined) return [];
  const thresholds = [...(budget.at ?? []).map(({ percent }) => percent), 100];
  const earlier = new Map(
    RunQueries.budget(before)?.shares.map(({ dimension, percent }) => [dimension, percent]),
  );
  const shares = RunQueries.budget(after)?.shares ?? [];
  return shares.flatMap(({ dimension, settled, reserved, limit, percent }) => {
    const was = earlier.get(dimension) ?? 0;
    const isReached = thresholds.some((threshold) => was < threshold && percent >= threshold);
    if (!isReached || dimension === "unmetered") return [];
    return [{ ...about, type: "budget_used", dimension, settled, reserved, limit, percent }];
  });
}
