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
  return places.flatMap(({ place: { role, step, text }, expressions }) => {
    if (role !== "task" || step === undefined || step.group.owner !== undefined) return [];
    if (isTolerant(step) || expressions.length === 0 || !certainty.isKept(step)) return [];
    return expressions.flatMap(({ references: [reference] }) => {
      if (reference?.isWhole !== true) return [];
      const { root, path, span } = reference;
      const [name, ...rest] = path;
      if ((root !== "inputs" && root !== "context") || typeof name !== "string") return [];
      const written = text.slice(span.start, span.end);
      return [
        { step, reference: { source: root, name, path: rest, text: written, offset: span.start } },
      ];
    });
  });
}
