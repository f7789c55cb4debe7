import { Context, type StepSnapshot, type WorkflowContext } from "@automatosx/rescript-core";

/**
 * The steps that are running and those that wait for their next attempt, each in the order in which
 * they became so. An update costs time in proportion to what changed, not to the number of steps.
 */
export class ActiveSteps {
  readonly running = new Map<string, StepSnapshot>();
  readonly waiting = new Map<string, StepSnapshot>();
  #context: WorkflowContext | undefined;

  /**
   * Applies the changes of one event, unless earlier changes were missed: `catchUp` finds those.
   */
  follow(before: WorkflowContext, changed: readonly StepSnapshot[], after: WorkflowContext): void {
    if (this.#context !== before) return;
    this.#context = after;
    for (const step of changed) this.#put(step);
  }

  /** Applies everything that has changed up to this context. */
  catchUp(context: WorkflowContext): this {
    if (this.#context !== context)
      for (const step of Context.changedSteps(context, this.#context)) this.#put(step);
    this.#context = context;
    return this;
  }

  #put(step: StepSnapshot): void {
    for (const status of ["running", "waiting"] as const)
      if (step.status === status) this[status].set(step.id, step);
      else this[status].delete(step.id);
  }
}
