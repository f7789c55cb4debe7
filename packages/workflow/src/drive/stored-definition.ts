import type { PreparedWorkflow } from "../definition/PreparedWorkflow.js";
import type { StoredDefinition } from "../storage/StoragePort.js";

/** Returns the row for a workflow's definition. */
export function storedDefinition(workflow: PreparedWorkflow, createdAt: number): StoredDefinition {
  const { id, name, version, steps } = workflow.definition;
  return {
    hash: workflow.hash,
    workflowId: id,
    name,
    version,
    format: workflow.format,
    source: workflow.source,
    definition: workflow.json,
    stepCount: steps.length,
    createdAt,
  };
}

/** Returns the rows for a workflow's definition and for those of all runs that its steps start. */
export function storedDefinitions(
  workflow: PreparedWorkflow,
  createdAt: number,
): readonly StoredDefinition[] {
  return [workflow, ...workflow.children.values()].map((each) => storedDefinition(each, createdAt));
}
