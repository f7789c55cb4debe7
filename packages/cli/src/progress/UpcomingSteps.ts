import type { StepInfo } from "@automatosx/workflow/observe";
import type { RunView } from "@automatosx/workflow/run-view";
import { isSettled } from "./is-settled.js";

/** How many dependencies of a step are looked at to say what it waits for. */
const MAX_DEPENDENCIES_READ = 100;
/** How many of them are named. */
const NAMED_DEPENDENCIES = 3;

/** The steps that have not started, in the order of the batches. */
export class UpcomingSteps {
  readonly #run: RunView;
  /** Contains every step that is not settled, and settled ones that were not looked at since. */
  #open: string[] | undefined;

  constructor(run: RunView) {
    this.#run = run;
  }

  /** Must be called when steps may have become pending again. */
  reset(): void {
    this.#open = undefined;
  }

  /**
   * Returns at most `limit` steps, ready ones first. The cost depends on `limit` and on how many
   * steps have settled since the last call.
   */
  next(limit: number): readonly StepInfo[] {
    if (limit <= 0) return [];
    this.#open ??= this.#run.executionOrder.flat();
    const open = this.#open;
    const kept: string[] = [];
    const found: StepInfo[] = [];
    let read = 0;
    for (; read < open.length && found.length < limit; read += 1) {
      const id = open[read] ?? "";
      const step = this.#run.step(id);
      const status = step?.status ?? "skipped";
      if (step !== undefined && (status === "pending" || status === "ready")) found.push(step);
      if (!isSettled(status)) kept.push(id);
    }
    if (kept.length < read) open.splice(0, read, ...kept);
    return found.toSorted((a, b) => Number(b.status === "ready") - Number(a.status === "ready"));
  }

  /** Says what a step waits for: `waits for build, test`. */
  reasonFor({ status, dependencies, joins }: StepInfo): string {
    if (status === "ready") return "starts when a slot is free";
    const unmet = dependencies
      .slice(0, MAX_DEPENDENCIES_READ)
      .filter((id) => !(joins?.[id] === undefined ? this.#isSatisfied(id) : this.#isSettled(id)));
    const named = unmet.slice(0, NAMED_DEPENDENCIES);
    if (named.length === 0) return "";
    return `waits for ${named.join(", ")}${unmet.length > named.length ? ", …" : ""}`;
  }

  #isSettled(id: string): boolean {
    return isSettled(this.#run.step(id)?.status ?? "skipped");
  }

  #isSatisfied(id: string): boolean {
    const step = this.#run.step(id);
    return step?.status === "completed" || (step?.status === "failed" && step.continueOnError);
  }
}
