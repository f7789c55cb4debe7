import type { StepDefinition } from "@automatosx/schemas";

/** The steps of a workflow as they are written, inner ones included, that an agent performs. */
export function templatesOf(steps: readonly StepDefinition[]): StepDefinition[] {
  return steps.flatMap((step) => (step.steps === undefined ? [step] : templatesOf(step.steps)));
}
