import type { RunStart } from "../drive/RunStart.js";
import type { NewRun, StartedFrom } from "../storage/StoragePort.js";
import type { EngineContext } from "./EngineContext.js";

/** When runs write automatic checkpoints, unless the engine says otherwise. */
export const DEFAULT_CHECKPOINTS = { every: 100, intervalMs: 60_000 };

/** Returns the row of a run that this engine starts. */
export function newRun(
  { owner, leases }: EngineContext,
  start: RunStart,
  definitionHash: string,
  startedFrom: StartedFrom | undefined,
): NewRun {
  const { runId, definition, inputs, context, createdAt } = start;
  return {
    runId,
    workflowId: definition.id,
    definitionHash,
    inputs,
    context,
    createdAt,
    ...(startedFrom !== undefined && { startedFrom }),
    owner,
    leaseUntil: leases.leaseUntil,
  };
}
