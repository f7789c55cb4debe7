import { attemptsOf, type ListContext, totalOf } from "./normalise-leaf.js";
import type { IncludedDefinition, StepDefinition } from "./step.schema.js";
import type { InputDefinition, WorkflowDefinition } from "./workflow.schema.js";
import type { CheckedStep } from "./written-step.schema.js";

/** The inner steps of a step that includes a workflow, and what they see of it. */
export function includeOf(
  step: CheckedStep,
  { readInclude }: ListContext,
): Pick<StepDefinition, "steps" | "outputs" | "totalTimeout" | "module"> {
  const source = step.include ?? "";
  const included = readInclude(source);
  const { steps, outputs } = included;
  return {
    steps,
    ...(outputs !== undefined && { outputs }),
    ...totalOf(step),
    module: moduleOf(included, source, step.with ?? {}),
  };
}

function moduleOf(
  { id, name, version, inputs, context }: WorkflowDefinition,
  source: string,
  given: Record<string, unknown>,
): IncludedDefinition {
  return {
    workflowId: id,
    name,
    version,
    source,
    inputs: Object.fromEntries(
      Object.entries(inputs).map(([input, declared]) => [input, includedInput(declared)]),
    ),
    context,
    with: given,
  };
}

function includedInput({ type, required, default: preset, schema }: InputDefinition) {
  const form = schema ?? (type === "any" ? undefined : { type });
  return {
    required,
    ...(preset !== undefined && { default: preset }),
    ...(form !== undefined && { schema: form }),
  };
}

/** What concerns the attempts of a step that runs a workflow as a run of its own. */
export function childRunOf(
  step: CheckedStep,
  { defaults, readChild }: ListContext,
  checkpoint: string | undefined,
) {
  const file = step.workflow ?? "";
  const { hash, id } = readChild(file);
  // A run has no time limit but those of its own steps and that of the step as a whole.
  const { timeout, idleTimeout, totalTimeout, ...attempts } = attemptsOf(
    step,
    defaults,
    checkpoint,
  );
  return {
    attempts,
    workflow: {
      workflow: { hash, workflowId: id, with: step.with ?? {} },
      ...totalOf(step),
      ...(step.reserve !== undefined && { reserve: step.reserve }),
    },
  };
}
