import { isTolerant } from "../steps/StepReach.js";
import type { StepNode } from "../steps/step-tree.js";
import type { TaskReference } from "../task-template.js";
import type { CheckedExpressions } from "./ExpressionIssues.js";

/** A value of the run's inputs or context that a task inserts in every run. */
export interface CertainReference {
  readonly step: StepNode;
  readonly reference: TaskReference;
}

/**
 * Returns the values of inputs and context that tasks insert in every run. A run that lacks one of
 * them would fail at that step. What is inside a larger expression, or in a step that may be
 * skipped, is not certain.
 */
export function certainReferences({ places, certainty }: CheckedExpressions): CertainReference[] {
  const found: CertainReference[] = [];
  for (const { place, expressions } of places) {
    const { role, step, text, attached } = place;
    if (role !== "task" || step === undefined || attached !== undefined) continue;
    if (step.group.owner !== undefined || step.group.phase !== undefined) continue;
    for (const { references } of expressions) {
      const reference = references[0];
      if (reference?.isWhole !== true) continue;
      const { root, path, span } = reference;
      const [name, ...rest] = path;
      if ((root !== "inputs" && root !== "context") || typeof name !== "string") continue;
      if (isTolerant(step) || !certainty.isKept(step)) break;
      const written = text.slice(span.start, span.end);
      const task = { source: root, name, path: rest, text: written, offset: span.start } as const;
      found.push({ step, reference: task });
    }
  }
  return found;
}
