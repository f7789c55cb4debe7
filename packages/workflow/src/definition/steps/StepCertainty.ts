import { isChoice, waitsForAny } from "./edges.js";
import { isTolerant, type StepReach } from "./StepReach.js";
import { skipsItself, skipsOnExpiry } from "./skips-itself.js";
import type { StepGroup, StepNode } from "./step-tree.js";

/** Whether the conditions of these steps, which wait for the same choice, admit every value. */
export type CoverCheck = (choices: readonly StepNode[]) => boolean;

interface Certain {
  /** The steps that are certainly entered. */
  readonly entered: ReadonlySet<StepNode>;
  /** The steps that are certainly not skipped. */
  readonly kept: ReadonlySet<StepNode>;
}

/**
 * Which steps of a list are certainly not skipped when the list completes. A step is skipped by its
 * own condition, or because a dependency cannot be satisfied.
 */
export class StepCertainty {
  readonly #reach: StepReach;
  readonly #covers: CoverCheck;
  readonly #certain = new Map<StepGroup, Certain | undefined>();

  constructor(reach: StepReach, covers: CoverCheck) {
    this.#reach = reach;
    this.#covers = covers;
  }

  /** Whether the step has certainly completed when its list has. True if that is unknown. */
  isCompleted(step: StepNode): boolean {
    return this.isKept(step) && !isTolerant(step);
  }

  /** Whether the step is certainly not skipped when its list completes. True if that is unknown. */
  isKept(step: StepNode): boolean {
    if (!this.#certain.has(step.group)) {
      // A condition of this list may ask about an outer one, never about this list again.
      this.#certain.set(step.group, undefined);
      this.#certain.set(step.group, this.#examine(step.group));
    }
    return this.#certain.get(step.group)?.kept.has(step) ?? true;
  }

  #examine(group: StepGroup): Certain | undefined {
    const order = this.#reach.orderOf(group);
    if (order === undefined) return undefined;
    const entered = new Set<StepNode>();
    const kept = new Set<StepNode>();
    for (const step of order) {
      if (!this.#isEntered(step, { entered, kept })) continue;
      entered.add(step);
      if (!skipsItself(step.written)) kept.add(step);
    }
    return { entered, kept };
  }

  #isEntered(step: StepNode, { entered, kept }: Certain): boolean {
    const choices: StepNode[] = [];
    for (const edge of this.#reach.edgesOf(step)) {
      const { target, mode } = edge;
      if (mode === "ok" && !kept.has(target)) return false;
      if (mode === "listed" && !entered.has(target)) return false;
      if (isChoice(edge)) choices.push(target);
    }
    if (!waitsForAny(step) || choices.length === 0) return true;
    if (choices.some((choice) => kept.has(choice) && !isTolerant(choice))) return true;
    const covering = choices.filter(
      (choice) => entered.has(choice) && !isTolerant(choice) && !skipsOnExpiry(choice.written),
    );
    return covering.length > 0 && this.#covers(covering);
  }
}
