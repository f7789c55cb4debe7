import type { WorkflowDefinition } from "@automatosx/schemas";
import { RunQueries } from "../core/workflow-state-machine.js";
import type { StoragePort, StoredRun } from "../storage/StoragePort.js";
import { RunReader } from "./RunReader.js";

type Values = Readonly<Record<string, unknown>>;

/** The definition, inputs and context that a run has now. */
export interface PresentValues {
  readonly definitionHash: string;
  readonly definition: WorkflowDefinition;
  readonly inputs: Values;
  readonly context: Values;
}

/**
 * Returns what a stored run has now. Its journal is read only if its definition or inputs were
 * changed.
 */
export function presentOf(storage: StoragePort, stored: StoredRun): PresentValues {
  const reader = RunReader.open(storage, stored.runId);
  if (stored.currentDefinitionHash !== undefined) reader.catchUp();
  const now = RunQueries.workflow(reader.machine);
  return {
    definitionHash: reader.storedDefinition.hash,
    definition: reader.definition,
    inputs: now?.inputs ?? stored.inputs,
    context: now?.context ?? stored.context,
  };
}
