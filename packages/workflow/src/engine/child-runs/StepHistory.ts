import type { JournalEntry } from "@automatosx/schemas";
import type { UsedAmounts } from "../../agents/agent-usage.js";
import type { StoragePort } from "../../storage/StoragePort.js";

type Facts = Readonly<Record<string, unknown>>;

/** What the journal of a run says about one of its steps. */
interface Step {
  /** The number of its latest attempt. */
  latest: number;
  /** The latest attempt after which a run of the step is of no more use. */
  spent: number;
  /** When its latest failure was recorded, in ms since the epoch. */
  failedAt: number;
  /** What its attempts reported, by attempt number. */
  readonly used: Map<number, UsedAmounts>;
}

/**
 * What the journal of a run says about its child runs. A child run serves the attempts of its step
 * until the step is completed, or reopened. The journal is read once, and then from where it was
 * left.
 */
export class StepHistory {
  readonly #storage: StoragePort;
  readonly #runId: string;
  readonly #steps = new Map<string, Step>();
  #seq = 0;

  constructor(storage: StoragePort, runId: string) {
    this.#storage = storage;
    this.#runId = runId;
  }

  /** Whether a run that was started by this attempt of the step is of no more use. */
  isSpent(stepId: string, startedBy: number): boolean {
    this.#catchUp();
    return (this.#steps.get(stepId)?.spent ?? 0) >= startedBy;
  }

  /** Whether a failure of the step has been recorded since this instant. */
  hasFailedSince(stepId: string, at: number): boolean {
    this.#catchUp();
    return (this.#steps.get(stepId)?.failedAt ?? Number.NEGATIVE_INFINITY) >= at;
  }

  /** What the attempts of the step since this one have reported. */
  usedSince(stepId: string, startedBy: number): Required<UsedAmounts> {
    this.#catchUp();
    const total = { usd: 0, tokens: 0 };
    for (const [attemptNumber, { usd = 0, tokens = 0 }] of this.#steps.get(stepId)?.used ?? [])
      if (attemptNumber >= startedBy) {
        total.usd += usd;
        total.tokens += tokens;
      }
    return total;
  }

  #catchUp(): void {
    for (const entry of this.#storage.readJournal(this.#runId, this.#seq)) {
      this.#seq = entry.seq;
      this.#add(entry);
    }
  }

  #add({ type, at, stepId, attemptNumber = 0, payload }: JournalEntry): void {
    switch (type) {
      case "execute_step_batch": {
        const { stepIds, attempts } = JSON.parse(payload) as {
          readonly stepIds: readonly string[];
          readonly attempts: readonly number[];
        };
        for (const [index, id] of stepIds.entries()) this.#step(id).latest = attempts[index] ?? 0;
        break;
      }
      case "step_completed":
      case "step_failed": {
        const step = this.#step(stepId ?? "");
        const { usage, reason } = JSON.parse(payload) as Facts;
        if (type === "step_failed" && reason !== "interrupted" && reason !== "waiting")
          step.failedAt = at;
        if (usage !== undefined) step.used.set(attemptNumber, usage as UsedAmounts);
        if (type === "step_completed") step.spent = attemptNumber;
        break;
      }
      case "steps_reopened": {
        const { stepIds = [], stale = [] } = JSON.parse(payload) as {
          readonly stepIds?: readonly string[];
          readonly stale?: readonly string[];
        };
        const reopened = [...stepIds, ...stale];
        for (const [id, step] of this.#steps)
          if (reopened.some((path) => isInside(id, path))) step.spent = step.latest;
        break;
      }
      default:
        break;
    }
  }

  #step(stepId: string): Step {
    const known = this.#steps.get(stepId) ?? {
      ...{ latest: 0, spent: 0, failedAt: Number.NEGATIVE_INFINITY },
      used: new Map(),
    };
    this.#steps.set(stepId, known);
    return known;
  }
}

/** Whether a step is the one at this path, or inside it. */
function isInside(stepId: string, path: string): boolean {
  return stepId === path || (stepId.startsWith(path) && /[.[#]/.test(stepId.charAt(path.length)));
}
