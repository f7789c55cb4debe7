import type { WorkflowDefinition } from "@automatosx/schemas";
import type { StoragePort } from "@automatosx/workflow/observe";

/** The hash of a workflow that a step runs as a run of its own, in a definition as it is stored. */
const CHILD_HASH = /"workflow":\{"hash":"([0-9a-f]{64})"/g;

/**
 * Returns a definition that also has the steps, the outputs and the agents of the workflows which
 * its steps run as runs of their own: who performs the run performs those too.
 */
export function withChildWorkflows(
  definition: WorkflowDefinition,
  children: Iterable<WorkflowDefinition>,
): WorkflowDefinition {
  const all = [...children];
  if (all.length === 0) return definition;
  const inside = all.flatMap(({ steps, on: { failure = [], always = [] } = {} }) => [
    ...steps,
    ...failure,
    ...always,
  ]);
  return {
    ...definition,
    steps: [...definition.steps, ...inside],
    outputs: Object.assign({}, ...all.map(outputsOf), definition.outputs),
    agents: Object.assign({}, ...all.map(({ agents }) => agents), definition.agents),
  };
}

/** The outputs of a workflow, under names that no other workflow's outputs have. */
const outputsOf = ({ outputs = {} }: WorkflowDefinition, index: number): object =>
  Object.fromEntries(Object.entries(outputs).map(([name, value]) => [`${index}.${name}`, value]));

/** The workflows that the steps of a stored definition run as runs of their own, at any depth. */
export function storedChildren(
  storage: Pick<StoragePort, "getWorkflow">,
  definition: WorkflowDefinition,
): readonly WorkflowDefinition[] {
  const found = new Map<string, WorkflowDefinition>();
  const add = (text: string): void => {
    for (const [, hash = ""] of text.matchAll(CHILD_HASH)) {
      const stored = found.has(hash) ? undefined : storage.getWorkflow(hash);
      if (stored === undefined) continue;
      found.set(hash, JSON.parse(stored.definition) as WorkflowDefinition);
      add(stored.definition);
    }
  };
  // A plain workflow has none.
  if (definition.language !== undefined) add(JSON.stringify(definition));
  return [...found.values()];
}
