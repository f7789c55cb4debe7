import {
  Machine,
  RunQueries,
  type StepSnapshot,
  type WorkflowMachine,
} from "@automatosx/rescript-core";

const TRACKED = ["running", "waiting", "open", "unknown"] as const;

/**
 * The running steps and the steps that wait, each in the order in which they entered that status.
 * The cost of an update depends on how many steps changed, not on how many there are.
 */
export class ActiveSteps {
  readonly running = new Map<string, StepSnapshot>();
  readonly waiting = new Map<string, StepSnapshot>();
  /** Open steps without inner steps: they wait for an answer, a signal, an instant or a run. */
  readonly open = new Map<string, StepSnapshot>();
  readonly unknown = new Map<string, StepSnapshot>();
  // Compared with a machine without steps, every step of a run counts as changed.
  #machine: WorkflowMachine = Machine.make(0);

  /** Applies the changes of one event, unless earlier ones were missed; `catchUp` finds those. */
  follow(before: WorkflowMachine, changed: readonly StepSnapshot[], after: WorkflowMachine): void {
    if (this.#machine !== before) return;
    this.#machine = after;
    for (const step of changed) this.#put(step);
  }

  /** Applies everything that has changed up to this machine. */
  catchUp(machine: WorkflowMachine): this {
    const before = this.#machine;
    this.#machine = machine;
    if (before !== machine)
      for (const step of RunQueries.changedSteps(machine, before)) this.#put(step);
    return this;
  }

  #put(step: StepSnapshot): void {
    for (const status of TRACKED)
      if (step.status === status && this.#isCounted(step)) this[status].set(step.id, step);
      else this[status].delete(step.id);
  }

  // A step with steps inside is open as long as they are.
  #isCounted({ id, status }: StepSnapshot): boolean {
    return status !== "open" || RunQueries.step(this.#machine, id)?.kind === undefined;
  }
}
