import type { JournalEntry } from "@automatosx/schemas";
import type { UsedAmounts } from "../../agents/agent-usage.js";

type Facts = Readonly<Record<string, unknown>>;

/** What the journal of a run says about a step that runs a workflow of its own. Plain data. */
export interface StepFacts {
  /** The number of its latest attempt. */
  latest: number;
  /** The latest attempt after which a run of the step is of no more use; 0 if there is none. */
  spent: number;
  /** When its latest failure was recorded, in ms since the epoch. Absent if it has not failed. */
  failedAt?: number;
  /** What its attempts have reported: attempt numbers with their amounts, in this order. */
  readonly used: (readonly [attemptNumber: number, used: UsedAmounts])[];
}

/** The facts of a step that the journal has not mentioned yet. */
export const NO_FACTS: StepFacts = { latest: 0, spent: 0, used: [] };

/** The facts of steps, by path. */
export type FactsOfSteps = Map<string, StepFacts>;

/** Adds what an entry says about the steps for which `isMeant` holds. */
export function addFacts(
  steps: FactsOfSteps,
  { type, at, stepId = "", attemptNumber = 0, payload }: JournalEntry,
  isMeant: (stepId: string) => boolean = () => true,
): void {
  switch (type) {
    case "execute_step_batch": {
      const { stepIds, attempts } = JSON.parse(payload) as {
        readonly stepIds: readonly string[];
        readonly attempts: readonly number[];
      };
      for (const [index, id] of stepIds.entries())
        if (isMeant(id)) factsOf(steps, id).latest = attempts[index] ?? 0;
      break;
    }
    case "step_completed":
    case "step_failed": {
      if (!isMeant(stepId)) break;
      const step = factsOf(steps, stepId);
      const { usage, reason } = JSON.parse(payload) as Facts;
      if (type === "step_failed" && reason !== "interrupted" && reason !== "waiting")
        step.failedAt = at;
      if (usage !== undefined) step.used.push([attemptNumber, usage as UsedAmounts]);
      if (type === "step_completed") step.spent = attemptNumber;
      break;
    }
    case "steps_reopened": {
      const { stepIds = [], stale = [] } = JSON.parse(payload) as {
        readonly stepIds?: readonly string[];
        readonly stale?: readonly string[];
      };
      const reopened = [...stepIds, ...stale];
      for (const [id, step] of steps)
        if (reopened.some((path) => isInside(id, path))) step.spent = step.latest;
      break;
    }
    default:
      break;
  }
}

/** Whether a run that was started by this attempt of the step is of no more use. */
export function isSpent({ spent }: StepFacts, startedBy: number): boolean {
  return spent >= startedBy;
}

/** Whether a failure of the step has been recorded since this instant. */
export function hasFailedSince({ failedAt }: StepFacts, at: number): boolean {
  return failedAt !== undefined && failedAt >= at;
}

/** What the attempts of the step since this one have reported. */
export function usedSince({ used }: StepFacts, startedBy: number): Required<UsedAmounts> {
  // An attempt reports once, but an entry may be read again.
  const latest = new Map(used);
  const total = { usd: 0, tokens: 0 };
  for (const [attemptNumber, { usd = 0, tokens = 0 }] of latest)
    if (attemptNumber >= startedBy) {
      total.usd += usd;
      total.tokens += tokens;
    }
  return total;
}

function factsOf(steps: FactsOfSteps, stepId: string): StepFacts {
  const known = steps.get(stepId) ?? { ...NO_FACTS, used: [] };
  steps.set(stepId, known);
  return known;
}

/** Whether a step is the one at this path, or inside it. */
function isInside(stepId: string, path: string): boolean {
  return stepId === path || (stepId.startsWith(path) && /[.[#]/.test(stepId.charAt(path.length)));
}
