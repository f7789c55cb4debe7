import { WorkflowError } from "../errors.js";
import type { RowReader } from "./RowReader.js";
import type { RunOwner } from "./run-owner.js";

/**
 * Creates the error for a write under an epoch that is not the current one. A negative `epoch`
 * means that the run has no owner.
 */
export function leaseLost(runId: string, epoch: number, ownEpoch: number): WorkflowError {
  if (epoch === -ownEpoch)
    return new WorkflowError("lease_lost", `Run ${runId} was already released by this engine.`, {
      runId,
      remedy:
        "Resume the run to continue it. Work that this engine did after the release is not " +
        "recorded.",
      suggestion: { action: "resume_run", runId },
    });
  const message =
    `Run ${runId} was claimed by another engine, ` +
    `under epoch ${Math.abs(epoch)}; this engine had epoch ${ownEpoch}.`;
  return new WorkflowError("lease_lost", message, {
    runId,
    remedy:
      "No action needed: the engine that now owns the run continues it. Work that this engine " +
      "did after losing the run is not recorded.",
  });
}

/** The owner in a run's row, if it has one. */
export function ownerOf(row: RowReader): RunOwner | undefined {
  if (row.isEmpty("owner_id")) return undefined;
  return {
    ownerId: row.text("owner_id"),
    host: row.text("owner_host"),
    pid: row.count("owner_pid", 0),
    processStart: row.text("owner_process_start"),
    ...row.optionalText("machine", "owner_machine"),
  };
}

/** Creates the error for a write to a run that does not exist. */
export function runNotFound(runId: string): WorkflowError {
  return new WorkflowError("run_not_found", `Run ${runId} does not exist.`, {
    runId,
    remedy: "List the runs in the database, or open another database.",
    suggestion: { action: "list_runs" },
  });
}
