import { RUN_STATES, RUN_STATUSES } from "@automatosx/schemas/run-status";
import { damagedRun } from "./damaged-run.js";
import { hashFields } from "./hash-chain.js";
import { ownerOf } from "./lease-row.js";
import { RowReader, type StoredRow } from "./RowReader.js";
import type { NewRun, StoredDefinition, StoredRun } from "./StoragePort.js";
import { isStoredOrigin, type StoredOrigin } from "./started-from.js";

/**
 * Returns the hash of every field of a definition; its own `hash` covers only the normalised form.
 */
export function definitionRowHash(d: StoredDefinition): string {
  return hashFields([
    d.hash,
    d.workflowId,
    d.name,
    d.version,
    d.format,
    d.source,
    d.definition,
    d.stepCount,
    d.createdAt,
  ]);
}

/**
 * Returns the hash of the fields of a run that never change. The journal's chain starts from it.
 */
export function runOriginHash(
  run: Omit<NewRun, "inputs" | "context" | "startedFrom" | "owner" | "leaseUntil">,
  inputs: string,
  context: string,
  startedFrom: string | null,
): string {
  const { runId, workflowId, definitionHash, createdAt, parentRunId, parentCheckpointId } = run;
  const { parentStepId } = run;
  return hashFields([
    runId,
    workflowId,
    definitionHash,
    inputs,
    context,
    createdAt,
    parentRunId,
    parentCheckpointId,
    // Not even as an absent field, which would change the hashes of runs from before migration 012.
    ...(startedFrom === null && parentStepId === undefined ? [] : [startedFrom ?? undefined]),
    ...(parentStepId === undefined ? [] : [parentStepId]),
  ]);
}

/** The texts of a new run's row that never change, and the hash of its fields that never do. */
export interface RunOriginText {
  readonly inputs: string;
  readonly context: string;
  readonly startedFrom: string | null;
  readonly hash: string;
}

/** Returns what the row of a new run stores of its origin. */
export function runOrigin(run: Omit<NewRun, "owner" | "leaseUntil">): RunOriginText {
  const inputs = JSON.stringify(run.inputs);
  const context = JSON.stringify(run.context);
  const from = { ...run.startedFrom, ...(run.forkedFrom && { fork: run.forkedFrom }) };
  const startedFrom = Object.keys(from).length === 0 ? null : JSON.stringify(from);
  return { inputs, context, startedFrom, hash: runOriginHash(run, inputs, context, startedFrom) };
}

/**
 * Reads and checks a definition's row. Throws `database_unusable` if it does not match its hash.
 */
export function toDefinition(found: unknown): StoredDefinition {
  const row = new RowReader("workflow_definitions", "hash", found);
  const definition: StoredDefinition = {
    hash: row.text("hash"),
    workflowId: row.text("workflow_id"),
    name: row.text("name"),
    version: row.text("version"),
    format: row.oneOf("format", ["yaml", "json"]),
    source: row.text("source"),
    definition: row.text("definition"),
    stepCount: row.count("step_count", 1),
    createdAt: row.number("created_at"),
  };
  if (definitionRowHash(definition) !== row.text("row_hash"))
    row.fail("its content does not match its hash");
  return definition;
}

/** Reads and checks a run's row. Throws `journal_damaged` if it does not match its hash. */
export function toRun(found: unknown): StoredRun {
  const row = new RowReader("workflow_runs", "run_id", found);
  try {
    return readRun(row);
  } catch (error) {
    throw damagedRun(String((found as StoredRow)["run_id"]), (error as Error).message, error);
  }
}

/**
 * Like `toRun`, for lists, where one damaged run must not hide the others: it is listed as failed.
 */
export function toListedRun(found: unknown): StoredRun {
  try {
    return toRun(found);
  } catch (error) {
    const row = found as StoredRow;
    const text = (column: string): string => (typeof row[column] === "string" ? row[column] : "");
    const instant = (column: string): number => (typeof row[column] === "number" ? row[column] : 0);
    return {
      runId: text("run_id"),
      workflowId: text("workflow_id"),
      workflowName: text("workflow_name"),
      workflowVersion: text("workflow_version"),
      definitionHash: text("definition_hash"),
      state: "failed",
      status: "failed",
      inputs: {},
      context: {},
      stepCount: instant("step_count"),
      createdAt: instant("created_at"),
      updatedAt: instant("updated_at"),
      journalSeq: instant("journal_seq"),
      leaseEpoch: instant("lease_epoch"),
      failedRecoveries: instant("failed_recoveries"),
      error: (error as Error).message,
      errorCode: "journal_damaged",
      damage: (error as Error).message,
    };
  }
}

function readRun(row: RowReader): StoredRun {
  const owner = ownerOf(row);
  const run: StoredRun = {
    runId: row.text("run_id"),
    workflowId: row.text("workflow_id"),
    workflowName: row.text("workflow_name"),
    workflowVersion: row.text("workflow_version"),
    definitionHash: row.text("definition_hash"),
    ...row.optionalText("currentDefinitionHash", "current_definition_hash"),
    state: row.oneOf("state", RUN_STATES),
    status: row.oneOf("status", RUN_STATUSES),
    inputs: row.object("inputs"),
    context: row.object("context"),
    stepCount: row.count("step_count", 1),
    ...row.optionalText("error", "error"),
    ...row.optionalText("errorCode", "error_code"),
    createdAt: row.number("created_at"),
    ...readStartedFrom(row),
    updatedAt: row.number("updated_at"),
    ...row.optionalNumber("finishedAt", "finished_at"),
    ...(row.isEmpty("pause_reason")
      ? {}
      : { pauseReason: row.oneOf("pause_reason", ["waiting", "budget"]) }),
    ...row.optionalNumber("wakeAt", "wake_at"),
    ...readUsage(row),
    journalSeq: row.count("journal_seq", 0),
    ...(owner !== undefined && { owner }),
    ...row.optionalNumber("leaseUntil", "lease_until"),
    leaseEpoch: row.count("lease_epoch", 1),
    failedRecoveries: row.count("failed_recoveries", 0),
    ...row.optionalText("recoveryError", "recovery_error"),
    ...row.optionalText("backend", "backend"),
    ...row.optionalText("parentRunId", "parent_run_id"),
    ...row.optionalText("parentCheckpointId", "parent_checkpoint_id"),
    ...row.optionalText("parentStepId", "parent_step_id"),
  };
  const texts = [row.text("inputs"), row.text("context")] as const;
  const startedFrom = row.isEmpty("started_from") ? null : row.text("started_from");
  if (runOriginHash(run, ...texts, startedFrom) !== row.text("origin_hash"))
    row.fail("its content does not match its hash");
  return run;
}

function readUsage(row: RowReader): Pick<StoredRun, "used"> {
  if (row.isEmpty("attempts")) return {};
  return {
    used: {
      attempts: row.count("attempts", 0),
      ...row.optionalNumber("tokens", "tokens"),
      ...row.optionalNumber("usd", "usd"),
    },
  };
}

function readStartedFrom(row: RowReader): Pick<StoredRun, "startedFrom" | "forkedFrom"> {
  if (row.isEmpty("started_from")) return {};
  const origin = row.object("started_from");
  if (!isStoredOrigin(origin)) return row.fail("a member of started_from has the wrong type");
  const { fork: forkedFrom, ...startedFrom }: StoredOrigin = origin;
  return {
    ...(Object.keys(startedFrom).length > 0 && { startedFrom }),
    ...(forkedFrom !== undefined && { forkedFrom }),
  };
}
