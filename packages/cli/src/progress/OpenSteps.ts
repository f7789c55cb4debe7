import { openQuestions } from "@automatosx/workflow/observe";
import { progressOf, type RunView, shortNote, treeOf } from "@automatosx/workflow/run-view";
import { placeOf } from "../step-path.js";
import type { StepRow } from "./live-rows.js";

/** The steps are looked for again after this multiple of what it cost. */
const COST_FACTOR = 20;

/**
 * The open steps without a running attempt: those with steps inside, with the progress of each, and
 * those that wait, with what they wait for.
 */
export class OpenSteps {
  readonly #run: RunView;
  #seq = -1;
  #renewAt = Number.NEGATIVE_INFINITY;
  #rows: readonly StepRow[] = [];

  constructor(run: RunView) {
    this.#run = run;
  }

  /**
   * At most `limit` of them, the outermost first. To find them costs as much as the run has steps,
   * so in a run of thousands they lag behind a little.
   */
  rows(limit: number): readonly StepRow[] {
    const run = this.#run;
    if (run.origin.definition.language === undefined) return [];
    const now = performance.now();
    if (this.#seq !== run.seq && now >= this.#renewAt) {
      this.#seq = run.seq;
      this.#rows = this.#find();
      this.#renewAt = now + COST_FACTOR * (performance.now() - now);
    }
    return this.#rows.slice(0, limit);
  }

  #find(): readonly StepRow[] {
    const steps = this.#run.steps();
    const open = steps.filter(({ status }) => status === "open" || status === "unknown");
    if (open.length === 0) return [];
    const tree = treeOf(steps);
    const questions = new Map(openQuestions(this.#run).map((each) => [each.stepId, each]));
    return open
      .map((step) => ({ step, depth: placeOf(step.id).depth }))
      .toSorted((a, b) => a.depth - b.depth)
      .map(({ step }) => ({
        status: step.status,
        id: step.id,
        about: progressOf(step, tree) ?? shortNote(step, questions.get(step.id)),
      }));
  }
}
