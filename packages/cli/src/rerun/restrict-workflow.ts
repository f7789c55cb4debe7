import { type PreparedWorkflow, prepareWorkflow } from "@automatosx/workflow";

/**
 * Returns the workflow with only the steps on which a step depends, and the step itself. It has no
 * handlers and no outputs, which may read steps that are left out.
 */
export function restrictWorkflow(workflow: PreparedWorkflow, stepId: string): PreparedWorkflow {
  const { on: _handlers, outputs: _outputs, ...definition } = workflow.definition;
  const needed = ancestorsOf(workflow, stepId);
  const steps = definition.steps.filter(({ id }) => needed.has(id));
  return prepareWorkflow({ ...definition, steps });
}

/** The step, and the steps of the workflow that it depends on. */
function ancestorsOf({ definition: { steps } }: PreparedWorkflow, stepId: string): Set<string> {
  const byId = new Map(steps.map((step) => [step.id, step]));
  const needed = new Set([stepId]);
  // The set grows while it is read.
  for (const id of needed)
    for (const before of byId.get(id)?.dependencies ?? []) needed.add(before);
  return needed;
}

/** The step, and the steps of the workflow that depend on it. */
export function descendantsOf(
  { definition: { steps } }: PreparedWorkflow,
  stepId: string,
): ReadonlySet<string> {
  const found = new Set([stepId]);
  for (const id of found)
    for (const step of steps) if (step.dependencies.includes(id)) found.add(step.id);
  return found;
}
