import type { JournalEntry } from "@automatosx/schemas";
import { hashFields } from "../hash-chain.js";
import { RowReader, type StoredRow } from "../RowReader.js";
import { agentProcessOf } from "../read-rows.js";
import type { AgentProcess, LogChunk, StoredCheckpoint } from "../StoragePort.js";

/** The latest instant that the tables accept, in ms since the epoch. */
const LAST_INSTANT = 9e15;

/** The fields of a run's row that never change. */
export interface SalvagedOrigin {
  readonly runId: string;
  readonly workflowId: string;
  readonly definitionHash: string;
  readonly inputs: string;
  readonly context: string;
  readonly createdAt: number;
  readonly parentRunId?: string;
  readonly parentCheckpointId?: string;
  readonly parentStepId?: string;
  /** JSON text of a `StartedFrom`. */
  readonly startedFrom?: string;
}

/**
 * Reads the origin of a run. Like all readers here, throws `database_unusable` for a wrong type.
 */
export function toOrigin(found: StoredRow): SalvagedOrigin {
  const row = new RowReader("workflow_runs", "run_id", found);
  return {
    runId: row.text("run_id"),
    workflowId: row.text("workflow_id"),
    definitionHash: row.text("definition_hash"),
    inputs: row.text("inputs"),
    context: row.text("context"),
    createdAt: row.number("created_at"),
    ...row.optionalText("parentRunId", "parent_run_id"),
    ...row.optionalText("parentCheckpointId", "parent_checkpoint_id"),
    ...row.optionalText("parentStepId", "parent_step_id"),
    ...row.optionalText("startedFrom", "started_from"),
  };
}

/** The hash that the journal of a run starts from, as `runOriginHash` computed it. */
export function originHash(o: SalvagedOrigin): string {
  return hashFields([
    o.runId,
    o.workflowId,
    o.definitionHash,
    o.inputs,
    o.context,
    o.createdAt,
    o.parentRunId,
    o.parentCheckpointId,
    ...(o.startedFrom === undefined && o.parentStepId === undefined ? [] : [o.startedFrom]),
    ...(o.parentStepId === undefined ? [] : [o.parentStepId]),
  ]);
}

/**
 * Reads a journal entry. It checks types, because the hash is the same for text and for bytes with
 * the same content.
 */
export function toEntry(found: StoredRow, runId: string, seq: number): JournalEntry {
  const row = new RowReader("workflow_journal", "entry_id", found);
  return {
    runId,
    seq,
    type: row.text("type"),
    at: row.number("at"),
    ...row.optionalText("stepId", "step_id"),
    ...row.optionalNumber("attemptNumber", "attempt_number"),
    payload: row.text("payload"),
  };
}

/** Reads a checkpoint. The caller must check that it matches its hash. */
export function toCheckpoint(found: StoredRow): StoredCheckpoint {
  const row = new RowReader("workflow_checkpoints", "checkpoint_id", found);
  return {
    checkpointId: row.text("checkpoint_id"),
    runId: row.text("run_id"),
    seq: row.count("seq", 1),
    kind: row.oneOf("kind", ["automatic", "manual", "step"]),
    ...row.optionalText("name", "name"),
    createdAt: row.number("created_at"),
    ...row.optionalText("parentCheckpointId", "parent_checkpoint_id"),
    completedCount: row.count("completed_count", 0),
    payload: row.text("payload"),
    sha256: row.text("sha256"),
  };
}

/** Reads a chunk of an agent's output. No hash covers it, so its values are checked here. */
export function toLogChunk(found: StoredRow): LogChunk {
  const row = new RowReader("workflow_step_logs", "log_id", found);
  if (row.text("step_id") === "" || !(row.number("at") >= 0 && row.number("at") <= LAST_INSTANT))
    row.fail("its step or its time is not valid");
  return {
    runId: row.text("run_id"),
    stepId: row.text("step_id"),
    attemptNumber: row.count("attempt_number", 1),
    stream: row.oneOf("stream", ["stdout", "stderr"]),
    at: row.number("at"),
    text: row.text("text"),
  };
}

/** Reads the process group of an agent. No hash covers it, so its values are checked here. */
export function toAgentProcess(found: StoredRow): AgentProcess {
  const row = new RowReader("workflow_agent_processes", "run_id", found);
  if (row.text("step_id") === "" || row.text("host") === "")
    row.fail("its step or its host is empty");
  return agentProcessOf(row);
}

/** Returns whether a stored hash, which is a blob, equals this hash in hex. */
export function isHash(stored: unknown, hex: string | undefined): boolean {
  return Buffer.isBuffer(stored) && stored.toString("hex") === hex;
}
