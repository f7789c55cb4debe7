import type { StepDefinition, WorkflowDefinition } from "@automatosx/schemas";

/** Yields the steps of a workflow, those of groups included, in the order of the definition. */
export function* everyStep(
  steps: readonly StepDefinition[],
): Generator<StepDefinition, void, undefined> {
  for (const step of steps) {
    yield step;
    if (step.steps !== undefined) yield* everyStep(step.steps);
  }
}

/** Returns the ids of the agents that may perform the step itself; none for a group. */
export function agentsOf({ agentId, choice, steps }: StepDefinition): readonly string[] {
  if (choice !== undefined) return choice.oneOf;
  return steps === undefined ? [agentId] : [];
}

const withDirectory = new WeakMap<WorkflowDefinition, boolean>();

/**
 * Whether the runs of a workflow have a directory: it has a script, declares files, or names
 * `run.dir`.
 */
export function hasRunDirectory(definition: WorkflowDefinition): boolean {
  // A plain workflow is not searched.
  if (definition.language === undefined) return false;
  const known = withDirectory.get(definition);
  if (known !== undefined) return known;
  const found = definition.steps.some(needsDirectory);
  withDirectory.set(definition, found);
  return found;
}

// A text that only looks like a reference costs no more than an empty directory.
const RUN_DIR = /\brun\s*(\.\s*dir\b|\[\s*\\?["']dir\\?["']\s*\])/;

function needsDirectory({ steps = [], ...step }: StepDefinition): boolean {
  return (
    step.files !== undefined ||
    step.run?.script !== undefined ||
    RUN_DIR.test(JSON.stringify([step.task, step.with, step.run])) ||
    steps.some(needsDirectory)
  );
}
