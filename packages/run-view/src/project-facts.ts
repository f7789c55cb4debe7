import { RunQueries } from "@automatosx/rescript-core";
import type { RunEvent } from "@automatosx/schemas";
import type { AcceptedEvent } from "./AcceptedEvent.js";

interface About {
  readonly runId: string;
  readonly seq: number;
  readonly at: number;
}

/** Returns the event for what a user or another program has told the run. */
export function projectFact(about: About, { event, before, after }: AcceptedEvent): RunEvent[] {
  switch (event.type) {
    case "gate_answered": {
      const { stepId, attemptNumber, approved, by, note } = event;
      return [
        {
          ...about,
          ...{ type: "gate_answered", stepId, attemptNumber, approved },
          ...(by !== undefined && { by }),
          ...(note !== undefined && { note }),
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
