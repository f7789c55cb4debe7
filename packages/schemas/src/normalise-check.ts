import {
  answerOf,
  attemptsOf,
  type LeafKeys,
  type ListContext,
  performerOf,
} from "./normalise-leaf.js";
import type { CheckDefinition, StepDefinition } from "./step.schema.js";
import { unwrapExpression } from "./unwrap-expression.js";
import type { CheckedStep } from "./written-step.schema.js";

type CheckedChecks = NonNullable<CheckedStep["check"]>;

/** What an agent answers that judges another answer, if its check does not say. */
const VERDICT = {
  type: "object",
  required: ["pass"],
  properties: { pass: { type: "boolean" }, reason: { type: "string" } },
} as const;

/** Normalises what an answer must pass. */
export function normaliseChecks(written: CheckedChecks, context: ListContext): CheckDefinition[] {
  return (Array.isArray(written) ? written : [written]).map((check, index): CheckDefinition => {
    const { that, message } = check;
    if (that !== undefined)
      return { that: unwrapExpression(that), ...(message !== undefined && { message }) };
    const step = attached(`check-${index + 1}`, check, context);
    return { step: check.run === undefined ? { output: VERDICT, ...step } : step };
  });
}

/** What a step answers that finds out whether an attempt took effect, if it does not say. */
const OUTCOME = {
  type: "object",
  required: ["done"],
  properties: { done: { type: "boolean" }, result: {} },
} as const;

/**
 * Normalises the step that finds out whether an attempt took effect. An answer that does not fit
 * leaves the outcome unknown, so it is not asked again unless it says so.
 */
export function normaliseReconcile(
  written: NonNullable<CheckedStep["reconcile"]>,
  context: ListContext,
): StepDefinition {
  const step = attached("reconcile", written, context);
  if (step.output !== undefined) return step;
  const isAgent = written.run === undefined;
  return { ...step, output: OUTCOME, ...(isAgent && { reasks: written.reasks ?? 0 }) };
}

/** A step that is attached to another. It has none of the time limits and retries of that one. */
function attached(
  id: string,
  written: LeafKeys & Pick<CheckedStep, "name">,
  { defaults, readTask }: Pick<ListContext, "defaults" | "readTask">,
): StepDefinition {
  const { agentId, reasks } = defaults;
  const own = {
    ...(agentId !== undefined && { agentId }),
    ...(reasks !== undefined && { reasks }),
  };
  return {
    id,
    name: written.name ?? id,
    ...performerOf(written, { defaults: own, readTask }),
    dependencies: [],
    ...attemptsOf(written, own),
    ...answerOf(written, own),
  };
}
