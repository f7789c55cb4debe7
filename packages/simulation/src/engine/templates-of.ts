import type { StepDefinition } from "@automatosx/schemas";

/** True if a run of these steps has a directory. */
export const usesFiles = (steps: readonly StepDefinition[]): boolean =>
  templatesOf(steps).some(({ files, run }) => files !== undefined || run?.script !== undefined) ||
  JSON.stringify(steps).includes("run.dir");

/** The steps of a workflow as they are written, inner ones included, that an agent performs. */
export function templatesOf(steps: readonly StepDefinition[]): StepDefinition[] {
  return steps.flatMap((step) => (step.steps === undefined ? [step] : templatesOf(step.steps)));
}
