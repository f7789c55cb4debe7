import { Context, type StepSnapshot, type WorkflowContext } from "@automatosx/rescript-core";

/**
 * The steps that run or wait for their next attempt, each kind in the order in which its steps came to it. Kept up to
 * date by what changed, so that to ask again costs what is active, not what there is.
 */
export class ActiveSteps {
  readonly #steps = new Map<string, StepSnapshot>();
  #context: WorkflowContext | undefined;

  /** Takes in one event's changes, where nothing is missing before them. */
  follow(before: WorkflowContext, changed: readonly StepSnapshot[], after: WorkflowContext): void {
    if (this.#context !== before) return;
    this.#context = after;
    for (const step of changed) this.#put(step);
  }

  /** The active steps in this context: those that run, then those that wait. */
  at(context: WorkflowContext): readonly StepSnapshot[] {
    if (this.#context !== context)
      for (const step of Context.changedSteps(context, this.#context)) this.#put(step);
    this.#context = context;
    const steps = [...this.#steps.values()];
    return [
      ...steps.filter(({ status }) => status === "running"),
      ...steps.filter(({ status }) => status === "waiting"),
    ];
  }

  #put(step: StepSnapshot): void {
    const { id, status } = step;
    if (this.#steps.get(id)?.status !== status) this.#steps.delete(id);
    if (status === "running" || status === "waiting") this.#steps.set(id, step);
  }
}
