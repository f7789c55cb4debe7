import { referencedArtifacts } from "../../src/storage/referenced-artifacts.js";
import type { NewRun, ReplicaPart, StoragePort, StoredRun } from "../../src/storage/StoragePort.js";

/** Copies a run and its child runs as they are now, as the sink of another backend does. */
export function copyRun(
  from: StoragePort,
  to: StoragePort,
  runId: string,
  backend = "restate",
): void {
  const run = from.getRun(runId);
  if (run === undefined) throw new Error(`Run ${runId} does not exist.`);
  to.replicate(partOf(from, run, backend));
  for (const child of from.listChildRuns(runId)) copyRun(from, to, child.runId, backend);
}

function partOf(from: StoragePort, run: StoredRun, backend: string): ReplicaPart {
  const { runId, state, status, updatedAt, finishedAt, error, pauseReason, wakeAt } = run;
  const entries = [...from.readJournal(runId)];
  const checkpoints = from
    .listCheckpoints(runId)
    .toReversed()
    .flatMap(({ checkpointId }) => from.getCheckpoint(checkpointId) ?? []);
  const artifacts = entries
    .flatMap(referencedArtifacts)
    .map((sha256) => ({ sha256, content: from.getArtifact(sha256) ?? "" }));
  return {
    ...{ runId, backend, newRun: beginningOf(run), afterSeq: 0, entries, checkpoints, artifacts },
    definitions: from.listWorkflows(),
    run: {
      ...{ state, status, updatedAt },
      ...(finishedAt !== undefined && { finishedAt }),
      ...(error !== undefined && { error }),
      ...(pauseReason !== undefined && { pauseReason }),
      ...(wakeAt !== undefined && { wakeAt }),
    },
    logs: { after: 0, chunks: from.readLogs(runId) },
  };
}

function beginningOf(run: StoredRun): NewRun {
  const { runId, workflowId, definitionHash, inputs, context, createdAt, startedFrom } = run;
  const { parentRunId, parentStepId } = run;
  return {
    ...{ runId, workflowId, definitionHash, inputs, context, createdAt },
    ...(startedFrom !== undefined && { startedFrom }),
    ...(parentRunId !== undefined && { parentRunId }),
    ...(parentStepId !== undefined && { parentStepId }),
  };
}
