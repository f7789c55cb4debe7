import { WorkflowError } from "@automatosx/workflow/errors";

/** Counts what may be performed at once: in all, or by agent. */
export class Slots {
  readonly #limits: ReadonlyMap<string, number>;
  readonly #used = new Map<string, number>();

  /** Throws `invalid_argument` for a number that is no count, or an agent that is not served. */
  constructor(slots: number | Readonly<Record<string, number>>, agentIds: readonly string[]) {
    const limits = typeof slots === "number" ? { "*": slots } : slots;
    for (const [agentId, count] of Object.entries(limits)) {
      if (!Number.isInteger(count) || count < 1)
        throw invalid(
          `slots of \`${agentId}\` must be a whole number, 1 or more; ${count} is not.`,
        );
      if (agentId !== "*" && !agentIds.includes(agentId) && !agentIds.includes("*"))
        throw invalid(`slots names the agent \`${agentId}\`, which this worker does not have.`);
    }
    this.#limits = new Map(Object.entries(limits));
  }

  /** Occupies at most `wanted` slots of an agent; returns how many. */
  take(agentId: string, wanted: number): number {
    const name = this.#nameOf(agentId);
    const used = this.#used.get(name) ?? 0;
    const taken = Math.max(0, Math.min(wanted, (this.#limits.get(name) ?? 1) - used));
    this.#used.set(name, used + taken);
    return taken;
  }

  /** Gives slots back. */
  release(agentId: string, count: number): void {
    const name = this.#nameOf(agentId);
    this.#used.set(name, (this.#used.get(name) ?? 0) - count);
  }

  #nameOf(agentId: string): string {
    return this.#limits.has(agentId) ? agentId : "*";
  }
}

function invalid(message: string): WorkflowError {
  return new WorkflowError("invalid_argument", message, {
    remedy:
      'Give one number for the worker, or numbers by agent id, such as { claude: 2, "*": 1 }.',
  });
}
