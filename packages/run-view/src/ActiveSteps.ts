import { Context, type StepSnapshot, type WorkflowContext } from "@automatosx/rescript-core";

/**
 * The steps that run or wait for their next attempt, each kind in the order in which its steps came to it. Kept up to
 * date by what changed, so that to ask again costs what changed, not what there is.
 */
export class ActiveSteps {
  readonly running = new Map<string, StepSnapshot>();
  readonly waiting = new Map<string, StepSnapshot>();
  #context: WorkflowContext | undefined;

  /** Takes in the changes of one event, unless changes before them are missing. */
  follow(before: WorkflowContext, changed: readonly StepSnapshot[], after: WorkflowContext): void {
    if (this.#context !== before) return;
    this.#context = after;
    for (const step of changed) this.#put(step);
  }

  /** Takes in everything that changed up to this context. */
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
