import type { RunFilter, RunSummary } from "../backend/ExecutionBackend.js";
import { listRuns } from "../journal/list-runs.js";
import { isOrphaned } from "../storage/owner-state.js";
import type { StoredRun } from "../storage/StoragePort.js";
import type { EngineContext } from "./EngineContext.js";
import { checkId } from "./engine-option-checks.js";

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

/** Returns the summaries of the stored runs that match the filter, newest first. */
export function listSummaries(
  { storage, ports }: Pick<EngineContext, "storage" | "ports">,
  filter: RunFilter,
): readonly RunSummary[] {
  const now = ports.clock.now();
  return listRuns(storage, filter, now).map((run) => summaryOf(run, now));
}

/** Returns the summary of the run with this exact id; undefined if it does not exist. */
export function findSummary(
  { storage, ports }: Pick<EngineContext, "storage" | "ports">,
  runId: string,
): RunSummary | undefined {
  checkId(runId);
  const run = storage.getRun(runId);
  return run && summaryOf(run, ports.clock.now());
}
