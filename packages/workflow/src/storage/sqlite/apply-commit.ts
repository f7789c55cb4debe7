import { goesBack } from "../goes-back.js";
import type { Commit } from "../StoragePort.js";
import { recordsEnd } from "./records-end.js";
import type { StorageRows } from "./StorageRows.js";

/** Writes a commit. Must be called inside a transaction. See `StoragePort.commit`. */
export function applyCommit(
  rows: StorageRows,
  { definitions = [], newRuns, notified = [], artifacts, runs, logs }: Commit,
): void {
  for (const definition of definitions) rows.workflows.saveWorkflow(definition);
  for (const run of newRuns) {
    const { runNumber, origin } = rows.workflows.insertRun(run);
    rows.journal.begin(run.runId, runNumber, origin);
  }
  if (notified.length > 0) rows.notices.add(notified);
  for (const artifact of artifacts) rows.artifacts.insert(artifact);
  for (const {
    runId,
    leaseEpoch,
    entries,
    checkpoints,
    processes = [],
    restoresCheckpoints = [],
    clearsFailedRecoveries = false,
    cached = [],
    run,
  } of runs) {
    rows.leases.check(runId, leaseEpoch);
    const seq = rows.journal.append(runId, leaseEpoch, entries);
    for (const entry of entries) if (goesBack(entry)) rows.runChanges.insert(entry);
    for (const { key, ...result } of cached) rows.cache.put(key, { runId, ...result });
    for (const checkpoint of checkpoints) rows.checkpoints.insert(checkpoint);
    for (const checkpointId of restoresCheckpoints)
      rows.checkpoints.assertExists(runId, checkpointId);
    for (const process of processes) rows.processes.insert(process);
    if (clearsFailedRecoveries) rows.leases.clearFailedRecoveries(runId);
    const last = entries.at(-1);
    if (run !== undefined) rows.workflows.updateRun(runId, run, seq);
    else if (last !== undefined && recordsEnd(last.seq, entries.length))
      rows.workflows.advanceRun(runId, seq, last.at);
    if (run?.release === true) rows.journal.forgetHead(runId);
  }
  for (const chunk of logs) rows.logs.append(chunk);
  for (const { runId, run } of runs) if (run?.release === true) rows.logs.forgetRun(runId);
}
