import type { RunEvent } from "@automatosx/schemas";
import type { StepStatus } from "@automatosx/workflow";

/** How a step stands, as far as progress shows it. */
export interface StepProgress {
  readonly id: string;
  readonly agentId: string;
  readonly status: StepStatus;
  readonly attemptNumber: number;
  /** Of the attempt that is running. */
  readonly startedAt?: number;
  /** When it waits for its next attempt. */
  readonly retryAt?: number;
}

/** How the steps of a run stand, kept up to date by its events. */
export class RunTally {
  readonly #steps: Map<string, StepProgress>;
  readonly #counts = new Map<StepStatus, number>();
  // Apart, so that a redraw costs what is in flight and not what there is.
  readonly #active = new Map<string, StepProgress>();

  constructor(steps: Iterable<StepProgress>) {
    this.#steps = new Map();
    for (const step of steps) this.#put(step);
  }

  get size(): number {
    return this.#steps.size;
  }

  step(id: string): StepProgress | undefined {
    return this.#steps.get(id);
  }

  count(status: StepStatus): number {
    return this.#counts.get(status) ?? 0;
  }

  /** Running steps first, then those that wait for another attempt. */
  active(): readonly StepProgress[] {
    const steps = [...this.#active.values()];
    return [
      ...steps.filter(({ status }) => status === "running"),
      ...steps.filter(({ status }) => status === "waiting"),
    ];
  }

  apply(event: RunEvent): void {
    switch (event.type) {
      case "step_started":
        this.#change(event.stepId, {
          status: "running",
          attemptNumber: event.attemptNumber,
          startedAt: event.at,
        });
        break;
      case "step_completed":
        this.#change(event.stepId, { status: "completed", attemptNumber: event.attemptNumber });
        break;
      case "step_failed":
        this.#change(event.stepId, {
          status: event.final ? "failed" : "ready",
          attemptNumber: event.attemptNumber,
        });
        break;
      case "step_retried":
        this.#change(event.stepId, { status: "waiting", retryAt: event.dueAt });
        break;
      case "step_skipped":
        this.#change(event.stepId, { status: "skipped" });
        break;
      default:
        break;
    }
  }

  #change(id: string, change: Partial<StepProgress> & { readonly status: StepStatus }): void {
    const step = this.#steps.get(id);
    if (step !== undefined)
      this.#put({ id, agentId: step.agentId, attemptNumber: step.attemptNumber, ...change });
  }

  #put(step: StepProgress): void {
    const before = this.#steps.get(step.id);
    if (before !== undefined) this.#counts.set(before.status, this.count(before.status) - 1);
    this.#counts.set(step.status, this.count(step.status) + 1);
    this.#steps.set(step.id, step);
    if (step.status === "running" || step.status === "waiting") this.#active.set(step.id, step);
    else this.#active.delete(step.id);
  }
}
