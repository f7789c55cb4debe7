import type { WorkflowDefinition } from "@automatosx/schemas";
import type { WorkflowEvent } from "../core/workflow-state-machine.js";
import type { StoredDefinition } from "../storage/StoragePort.js";
import type { RunStart } from "./RunStart.js";

/** Returns the data of a run after a change of its definition. */
export function changedStart(
  start: RunStart,
  change: Extract<WorkflowEvent, { readonly type: "definition_changed" }>,
  { definition, source, format }: StoredDefinition,
): RunStart {
  const { graph: _, ...rest } = start;
  const { inputs, context, policy } = change;
  return {
    ...rest,
    ...{ definition: JSON.parse(definition) as WorkflowDefinition, source, format, policy },
    ...(inputs !== undefined && { inputs }),
    ...(context !== undefined && { context }),
  };
}
