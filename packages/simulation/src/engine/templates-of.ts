import type { StepDefinition } from "@automatosx/schemas";

/** True if a run of these steps has a directory. */
export const usesFiles = (steps: readonly StepDefinition[]): boolean =>
  templatesOf(steps).some(({ files, run }) => files !== undefined || run?.script !== undefined) ||
  JSON.stringify(steps).includes("run.dir");

/** Steps without an attempt of an agent or a program. */
const IDLE: ReadonlySet<string> = new Set(["@gate", "@wait", "@stop"]);

/** The steps of a workflow as they are written, inner ones included, that an agent performs. */
export const templatesOf = (steps: readonly StepDefinition[]): StepDefinition[] =>
  steps.flatMap((step) => {
    if (step.steps !== undefined) return templatesOf(step.steps);
    return IDLE.has(step.agentId) ? [] : [step];
  });
