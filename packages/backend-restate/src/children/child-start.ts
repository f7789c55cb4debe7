import type { WorkflowDefinition } from "@automatosx/schemas";
import { policyOf } from "@automatosx/workflow/drive";
import {
  DEFAULT_CHECKPOINTS,
  everyStepOf,
  type StoredDefinition,
} from "@automatosx/workflow/hosting";
import { CORE_FORMAT } from "../core-format.js";
import type { ParentStep, StartMessage } from "../wire.js";

/** What a step runs, and where. */
export interface ChildToStart extends Pick<StartMessage, "runId" | "createdAt" | "referenceKey"> {
  readonly stored: StoredDefinition;
  readonly definition: WorkflowDefinition;
  readonly inputs: StartMessage["inputs"];
  readonly parent: ParentStep;
  /** Where the parent was started from. */
  readonly startedFrom: StartMessage["startedFrom"];
}

/**
 * Returns the message that starts a child run, with the definitions that it needs itself:
 * `definitionOf` returns those that its parent has.
 */
export async function childStart(
  { stored, definition, startedFrom, ...given }: ChildToStart,
  definitionOf: (hash: string) => Promise<StoredDefinition | undefined>,
): Promise<StartMessage> {
  const needed = new Map<string, StoredDefinition>();
  const open = [definition];
  for (let next = open.pop(); next !== undefined; next = open.pop())
    for (const hash of namedBy(next)) {
      if (needed.has(hash)) continue;
      const found = await definitionOf(hash);
      if (found === undefined) continue;
      needed.set(hash, found);
      open.push(JSON.parse(found.definition) as WorkflowDefinition);
    }
  return {
    ...given,
    ...{ coreFormat: CORE_FORMAT, definition: stored, context: definition.context },
    policy: policyOf(definition, {}, DEFAULT_CHECKPOINTS),
    ...(startedFrom !== undefined && { startedFrom }),
    ...(needed.size > 0 && { children: [...needed.values()] }),
  };
}

/** Returns the hashes of the definitions of the runs that steps of a workflow start. */
function namedBy(definition: WorkflowDefinition): readonly string[] {
  return [...everyStepOf(definition)].flatMap(({ workflow }) => workflow?.hash ?? []);
}
