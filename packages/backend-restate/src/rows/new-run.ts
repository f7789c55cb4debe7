import type { WorkflowDefinition } from "@automatosx/schemas";
import type { RunStart } from "@automatosx/workflow/drive";
import { type NewRun, startPlace } from "@automatosx/workflow/hosting";
import type { StartMessage } from "../wire.js";

/** Returns the row of a run as it began. */
export function newRunOf(start: StartMessage): Omit<NewRun, "owner" | "leaseUntil"> {
  const { runId, definition, inputs, context, createdAt, startedFrom, parent } = start;
  return {
    ...{ runId, workflowId: definition.workflowId, definitionHash: definition.hash },
    ...{ inputs, context, createdAt },
    ...(startedFrom !== undefined && { startedFrom }),
    ...(parent !== undefined && { parentRunId: parent.runId, parentStepId: parent.stepId }),
  };
}

/** Returns the definitions that the database needs before the row of a run. */
export function definitionsOf({ definition, children = [] }: StartMessage) {
  return [definition, ...children];
}

/** Returns what the fold of a new run needs. */
export function runStartOf(start: StartMessage): RunStart {
  const { runId, createdAt, definition, inputs, context, policy, startedFrom } = start;
  return {
    ...{ runId, createdAt, inputs, context, policy },
    definition: JSON.parse(definition.definition) as WorkflowDefinition,
    source: definition.source,
    format: definition.format,
    ...startPlace(startedFrom),
  };
}
