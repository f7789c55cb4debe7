import { RUN_STATUSES } from "@automatosx/schemas/run-status";
import type { RowReader } from "./RowReader.js";
import type { AgentProcess } from "./run-owner.js";
import type { EndedRun, RunCommand } from "./StoragePort.js";
import type { CheckpointSummary, LogChunk } from "./stored-rows.js";
import { DURATION_BOUNDS_MS, type RunTotals } from "./telemetry-rows.js";

/** What a storage reads of the rows of its tables, which are the same in every database. */

/** Reads a row of `workflow_agent_processes`. */
export function agentProcessOf(row: RowReader): AgentProcess {
  return {
    runId: row.text("run_id"),
    stepId: row.text("step_id"),
    attemptNumber: row.count("attempt_number", 1),
    host: row.text("host"),
    pid: row.count("pid", 1),
    processStart: row.text("process_start"),
    ...row.optionalText("ownerId", "owner_id"),
    ...row.optionalText("machine", "machine"),
    ...row.optionalText("token", "token"),
    ...row.optionalText("databaseId", "database_id"),
  };
}

/** Reads a row of `workflow_checkpoints`, without its payload. */
export function checkpointSummaryOf(row: RowReader): CheckpointSummary {
  return {
    checkpointId: row.text("checkpoint_id"),
    runId: row.text("run_id"),
    seq: row.count("seq", 1),
    kind: row.oneOf("kind", ["automatic", "manual", "step"]),
    ...row.optionalText("name", "name"),
    createdAt: row.number("created_at"),
    completedCount: row.count("completed_count", 0),
  };
}

/** Reads a row of `workflow_commands`. The owner of the run refuses a verb of another version. */
export function commandOf(row: RowReader): RunCommand {
  const verb = row.text("verb");
  return {
    commandId: row.count("command_id", 1),
    runId: row.text("run_id"),
    verb: /^[a-z][a-z_]*$/.test(verb) ? verb : row.fail("verb is not a word"),
    argument: row.text("argument"),
    sentAt: row.number("sent_at"),
  };
}

/** Reads the row of a run that has ended. */
export function endedRunOf(row: RowReader): EndedRun {
  return {
    runId: row.text("run_id"),
    workflowId: row.text("workflow_id"),
    status: row.oneOf("status", ["completed", "failed", "cancelled"]),
    createdAt: row.number("created_at"),
    finishedAt: row.number("finished_at"),
  };
}

/** Reads a row of `workflow_step_logs`. */
export function logChunkOf(row: RowReader): LogChunk & { readonly id: number } {
  return {
    id: row.count("log_id", 1),
    runId: row.text("run_id"),
    stepId: row.text("step_id"),
    attemptNumber: row.count("attempt_number", 1),
    stream: row.oneOf("stream", ["stdout", "stderr"]),
    at: row.number("at"),
    text: row.text("text"),
  };
}

/** Reads the totals of the runs of one workflow with one status. */
export function runTotalsOf(row: RowReader): RunTotals {
  return {
    workflowId: row.text("workflow_id"),
    status: row.oneOf("status", RUN_STATUSES),
    runs: row.count("runs", 1),
    waiting: row.count("waiting", 0),
    runsUpTo: DURATION_BOUNDS_MS.map((_, index) => row.count(`up_to_${index}`, 0)),
    durationMs: row.number("duration_ms"),
    used: {
      attempts: row.count("attempts", 0),
      tokens: row.number("tokens"),
      usd: row.number("usd"),
    },
  };
}
