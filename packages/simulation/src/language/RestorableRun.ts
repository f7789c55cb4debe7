import type { Instance } from "./Instance.js";
import type { StepTreeOptions } from "./LeafTree.js";
import { Run, type RunPlan } from "./Run.js";

/** The outcomes that a restored run keeps, by path; undefined for a failure that is tolerated. */
export type Kept = ReadonlyMap<string, unknown>;

/**
 * A run that can go back. What a restore keeps of a leaf is its outcome again as soon as the leaf
 * is entered; an unknown outcome stays unknown; and the attempts of a path are counted on.
 */
export class RestorableRun {
  #run: Run;
  readonly #roots: StepTreeOptions["roots"];
  #kept: Kept = new Map();
  /** Leaves of unknown outcome, as they were then. */
  #unknown: ReadonlyMap<string, Instance> = new Map();
  readonly #attempts: Map<string, number>;
  /** Who gave the newest answer of each leaf, and the conversation that it has left. */
  readonly #sessions: Map<string, Pick<Instance, "answeredBy" | "session">>;

  constructor(plan: RunPlan, roots: StepTreeOptions["roots"], from?: RestorableRun) {
    this.#roots = roots;
    this.#attempts = new Map(from === undefined ? [] : from.#attempts);
    this.#sessions = new Map(from === undefined ? [] : from.#sessions);
    this.#kept = from === undefined ? this.#kept : from.#kept;
    this.#unknown = from === undefined ? this.#unknown : from.#unknown;
    this.#run =
      from === undefined ? new Run(plan, this.#options()) : from.#run.clone(this.#options());
  }

  get run(): Run {
    return this.#run;
  }

  /** What a restore has kept of leaves that have not been entered again. */
  get kept(): Kept {
    return this.#kept;
  }

  /** The paths of leaves whose unknown outcome waits for them to be entered again. */
  get unknown(): readonly string[] {
    return [...this.#unknown.keys()];
  }

  /** Notes the newest attempt and answer of each path; called after every change. */
  noteAttempts(): void {
    for (const { path, attemptNumber, status, answeredBy, session } of this.#run.tree.instances) {
      if (attemptNumber > 0) this.#attempts.set(path, attemptNumber);
      if (status === "completed") this.#sessions.set(path, { answeredBy, session });
    }
  }

  attemptOf(path: string): number {
    return this.#attempts.get(path) ?? 0;
  }

  /** Goes back to these outcomes of leaves. The handlers run again, for the end that comes then. */
  restore(outcomes: Kept): void {
    this.#kept = new Map([...outcomes].filter(([path]) => !path.startsWith(":")));
    const unknown = new Map(this.#unknown);
    for (const instance of this.#run.tree.instances) {
      const { status, path, def, reason } = instance;
      const isInFlight = status === "running" && def.effect === "external";
      const wasCancelled = status === "cancelled" && reason === "unknown";
      if (status === "unknown" || isInFlight || wasCancelled) unknown.set(path, instance);
    }
    this.#unknown = unknown;
    this.#run = this.#run.restarted(this.#options());
  }

  #options(): StepTreeOptions {
    return {
      ...(this.#roots !== undefined && { roots: this.#roots }),
      onReady: (leaf) => this.#take(leaf),
      isKnown: (round) =>
        [...this.#kept.keys(), ...this.#unknown.keys()].some(
          (path) => path === round || path.startsWith(`${round}.`),
        ),
    };
  }

  #take(leaf: Instance): void {
    leaf.attemptNumber = Math.max(leaf.attemptNumber, this.attemptOf(leaf.path));
    const carried = this.#unknown.get(leaf.path);
    if (carried !== undefined) this.#takeUnknown(leaf, carried);
    else if (this.#kept.has(leaf.path)) {
      const result = this.#kept.get(leaf.path);
      if (result === undefined) leaf.fail("error", "kept");
      else {
        leaf.complete(result);
        Object.assign(leaf, this.#sessions.get(leaf.path));
      }
    }
  }

  #takeUnknown(leaf: Instance, carried: Instance): void {
    const { deadlineAt, failureCount, agentFailures, agentIndex, agentId, reaskCount } = carried;
    Object.assign(leaf, { failureCount, agentFailures, agentIndex, agentId, reaskCount });
    leaf.deadlineAt = deadlineAt;
    const unknown = new Map(this.#unknown);
    unknown.delete(leaf.path);
    this.#unknown = unknown;
    this.#run.tree.leaveUnknown(leaf, "restored");
  }
}
