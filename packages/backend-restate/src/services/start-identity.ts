import { isDeepStrictEqual } from "node:util";
import type { StartMessage } from "../wire.js";

/** What a start must have in common with the run of its id. */
export interface StartIdentity {
  readonly hash: string;
  readonly workflowId: string;
  readonly inputs: StartMessage["inputs"];
  readonly context: StartMessage["context"];
}

/** Returns how a start differs from the run of its id, as clauses; none if it joins that run. */
export function differencesOf(known: StartIdentity, start: StartMessage): readonly string[] {
  const { definition, inputs, context } = start;
  return [
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
