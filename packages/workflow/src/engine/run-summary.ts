import type { RunSummary } from "../backend/ExecutionBackend.js";
import { isOrphaned } from "../storage/owner-state.js";
import type { StoredRun } from "../storage/StoragePort.js";

/** Returns the summary of a stored run at the instant `now`, as a backend lists it. */
export function summaryOf(run: StoredRun, now: number): RunSummary {
  const {
    startedFrom,
    forkedFrom,
    parentRunId,
    parentStepId,
    finishedAt,
    error,
    errorCode,
    damage,
    backend,
  } = run;
  return {
    runId: run.runId,
    workflowId: run.workflowId,
    workflowName: run.workflowName,
    workflowVersion: run.workflowVersion,
    state: run.state,
    status: run.status,
    isOrphaned: isOrphaned(run, now),
    stepCount: run.stepCount,
    createdAt: run.createdAt,
    updatedAt: run.updatedAt,
    journalSeq: run.journalSeq,
    ...(startedFrom !== undefined && { startedFrom }),
    ...(forkedFrom !== undefined && { forkedFrom }),
    ...(parentRunId !== undefined && { parentRunId }),
    ...(parentStepId !== undefined && { parentStepId }),
    ...(finishedAt !== undefined && { finishedAt }),
    ...(error !== undefined && { error }),
    ...(errorCode !== undefined && { errorCode }),
    ...(damage !== undefined && { damage }),
    ...(backend !== undefined && { backend }),
  };
}
