import { isDeepStrictEqual } from "node:util";
import type { ParentStep, StartMessage } from "../wire.js";

/** What a start must have in common with the run of its id. */
export interface StartIdentity {
  readonly hash: string;
  readonly workflowId: string;
  readonly inputs: StartMessage["inputs"];
  readonly context: StartMessage["context"];
  /** The step that started it; absent for a run that no step has started. */
  readonly parent?: Pick<ParentStep, "runId" | "stepId">;
}

/** Returns what further starts of a run are compared with. */
export function identityOf({
  definition: { hash, workflowId },
  inputs,
  context,
  parent,
}: Pick<StartMessage, "inputs" | "context" | "parent"> & {
  readonly definition: Pick<StartMessage["definition"], "hash" | "workflowId">;
}): StartIdentity {
  return {
    ...{ hash, workflowId, inputs, context },
    ...(parent !== undefined && { parent: { runId: parent.runId, stepId: parent.stepId } }),
  };
}

/** Returns how a start differs from the run of its id, as clauses; none if it joins that run. */
export function differencesOf(known: StartIdentity, start: StartMessage): readonly string[] {
  const { definition, inputs, context, parent } = start;
  const { runId, stepId } = parent ?? {};
  const isOwn =
    parent === undefined || (known.parent?.runId === runId && known.parent?.stepId === stepId);
  return [
    ...(isOwn ? [] : ["another parent"]),
    ...(known.hash === definition.hash ? [] : [otherWorkflow(known, definition.workflowId)]),
    ...(isDeepStrictEqual(known.inputs, inputs) ? [] : ["other inputs"]),
    ...(isDeepStrictEqual(known.context, context) ? [] : ["another context"]),
  ];
}

function otherWorkflow({ workflowId }: StartIdentity, asked: string): string {
  return workflowId === asked
    ? "another version of the workflow"
    : `another workflow, \`${workflowId}\``;
}
