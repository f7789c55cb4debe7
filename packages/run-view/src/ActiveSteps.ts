import {
  Machine,
  RunQueries,
  type StepSnapshot,
  type WorkflowMachine,
} from "@automatosx/rescript-core";

/**
 * The running steps and the steps that wait for their next attempt, each in the order in which they
 * entered that status. The cost of an update depends on how many steps changed, not on how many
 * there are.
 */
export class ActiveSteps {
  readonly running = new Map<string, StepSnapshot>();
  readonly waiting = new Map<string, StepSnapshot>();
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
    if (this.#machine !== machine)
      for (const step of RunQueries.changedSteps(machine, this.#machine)) this.#put(step);
    this.#machine = machine;
    return this;
  }

  #put(step: StepSnapshot): void {
    for (const status of ["running", "waiting"] as const)
      if (step.status === status) this[status].set(step.id, step);
      else this[status].delete(step.id);
  }
}
