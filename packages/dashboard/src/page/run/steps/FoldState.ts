import { placeOf, type StepInfo } from "@automatosx/run-view";
import { type ReadonlySignal, signal } from "@preact/signals";
import { type Folds, isUnsettled, type RowSource, restOf } from "./step-rows.js";

/**
 * Which steps are unfolded. What is inside a step is shown from the beginning unless the step was
 * completed by then; afterwards only people fold and unfold.
 */
export class FoldState implements Folds {
  readonly #open = new Map<string, boolean>();
  readonly #changes = signal(0);

  /** Changes whenever a person folds or unfolds something. */
  get changes(): ReadonlySignal<number> {
    return this.#changes;
  }

  isOpen(key: string, step: StepInfo | undefined): boolean {
    const known = this.#open.get(key);
    if (known !== undefined) return known;
    const isOpen = step !== undefined && step.status !== "completed" && !isItem(step.id);
    this.#open.set(key, isOpen);
    return isOpen;
  }

  /** Folds or unfolds a row. */
  set(key: string, isOpen: boolean): void {
    this.#open.set(key, isOpen);
    this.#changes.value += 1;
  }

  /** Unfolds everything around a step. */
  reveal(path: string, source: RowSource): void {
    let at = path;
    let { owner } = placeOf(at);
    while (owner !== undefined) {
      this.#open.set(owner, true);
      const step = source.get(at);
      const isOfFanOut = source.get(owner)?.kind === "foreach";
      if (isOfFanOut && step !== undefined && !isUnsettled(step) && step.status !== "failed")
        this.#open.set(restOf(owner), true);
      at = owner;
      owner = placeOf(at).owner;
    }
    this.#changes.value += 1;
  }
}

// A fan-out may have a thousand items with steps inside.
function isItem(path: string): boolean {
  return path.endsWith("]");
}
