import {
  type Commit,
  definitionRowHash,
  goesBack,
  type NewRun,
  type RunCommit,
  runOrigin,
  type StoredCheckpoint,
  type StoredDefinition,
} from "@automatosx/workflow/storage";
import { encodeJson } from "../connection/text-codec.js";

/** A journal entry with its place in the hash chain. */
export interface ChainedEntry {
  readonly run_id: string;
  readonly seq: number;
  readonly type: string;
  readonly at: number;
  readonly step_id?: string;
  readonly attempt_number?: number;
  readonly payload: string;
  readonly lease_epoch: number;
  readonly hash: string;
}

/** A new run with the hash that its journal begins with. */
export interface NewRunRow {
  readonly run_id: string;
  readonly origin_hash: string;
}

/** The output that a commit stores. */
export interface LogRow {
  readonly run_id: string;
  readonly step_id: string;
  readonly attempt_number: number;
  readonly stream: string;
  readonly at: number;
  readonly text: string;
}

/** The parts of a commit that depend on what the database contains. */
export interface Chained {
  readonly newRuns: readonly NewRunRow[];
  readonly entries: readonly ChainedEntry[];
  readonly logs: readonly LogRow[];
  /** For a copy of a run that another backend executes: what its writer has read of it. */
  readonly copy?: {
    readonly backend: string;
    readonly seen_seq: number;
    readonly seen_logs?: number;
  };
}

/** What `axw.commit` receives besides the data: see migration 017. */
export interface Circumstances {
  /** The caller's clock. */
  readonly now: number;
  /** Whether an earlier call, whose answer was lost, may have been applied. */
  readonly isRepeated: boolean;
  /** What to tell the listeners; null for nothing. */
  readonly notification: string | null;
}

/** Runs one commit. Its parameters are the lists of rows, NULL for an empty one. */
export const COMMIT =
  "SELECT axw.commit($1, $2, $3::json, $4::json, $5::json, $6::json, $7::json, $8::json, " +
  "$9::json, $10::json, $11::json, $12::json, $13::json, $14)";

/**
 * Returns the values for `COMMIT`. Every list of rows that other engines may write too is sorted:
 * two engines that lock rows in different orders would wait for each other.
 */
export function commitValues(
  commit: Commit,
  { newRuns, entries, logs, copy }: Chained,
  { now, isRepeated, notification }: Circumstances,
): readonly unknown[] {
  const { definitions = [], notified = [], artifacts, runs } = commit;
  const turns = runs.toSorted((a, b) => (a.runId < b.runId ? -1 : 1));
  return [
    now,
    isRepeated,
    listOf(lastByKey(definitions, (d) => d.hash).map(toDefinitionRow)),
    listOf(newRuns),
    listOf(notified.map(({ runId, ...rest }) => ({ run_id: runId, ...rest }))),
    // The first content under a hash is kept.
    listOf(lastByKey(artifacts.toReversed(), (a) => a.sha256)),
    listOf(turns.map((turn) => ({ ...toTurnRow(turn), ...copy }))),
    listOf(entries),
    listOf(turns.flatMap(toChangeRows)),
    listOf(turns.flatMap((turn) => turn.checkpoints.map(toCheckpointRow))),
    listOf(toProcessRows(turns)),
    listOf(toCachedRows(runs)),
    listOf(logs),
    notification,
  ];
}

/** Returns the row of a new run, or of the copy of a run that `backend` executes. */
export function toNewRunRow(run: NewRun, backend?: string): NewRunRow {
  const { owner } = run;
  const origin = runOrigin(run);
  const row = {
    run_id: run.runId,
    workflow_id: run.workflowId,
    definition_hash: run.definitionHash,
    inputs: origin.inputs,
    context: origin.context,
    created_at: run.createdAt,
    started_from: origin.startedFrom,
    parent_run_id: run.parentRunId,
    parent_checkpoint_id: run.parentCheckpointId,
    parent_step_id: run.parentStepId,
    backend,
    ...(owner !== undefined && {
      owner_id: owner.ownerId,
      owner_host: owner.host,
      owner_pid: owner.pid,
      owner_process_start: owner.processStart,
      owner_machine: owner.machine,
      lease_until: run.leaseUntil ?? 0,
    }),
    origin_hash: origin.hash,
  };
  return row;
}

function listOf(rows: readonly unknown[]): string | null {
  return rows.length === 0 ? null : encodeJson(rows);
}

/** The last row of each key, in the order of the keys. */
function lastByKey<T>(rows: readonly T[], keyOf: (row: T) => string): readonly T[] {
  const byKey = new Map(rows.map((row) => [keyOf(row), row]));
  return [...byKey].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}

function toDefinitionRow(d: StoredDefinition) {
  return {
    hash: d.hash,
    workflow_id: d.workflowId,
    name: d.name,
    version: d.version,
    format: d.format,
    source: d.source,
    definition: d.definition,
    step_count: d.stepCount,
    created_at: d.createdAt,
    row_hash: definitionRowHash(d),
  };
}

function toTurnRow({
  runId,
  leaseEpoch,
  entries,
  restoresCheckpoints = [],
  clearsFailedRecoveries = false,
  run,
}: RunCommit) {
  const [first, last] = [entries[0], entries.at(-1)];
  return {
    run_id: runId,
    epoch: leaseEpoch,
    ...(first !== undefined && { first_seq: first.seq, last_seq: last?.seq, last_at: last?.at }),
    recovered: clearsFailedRecoveries,
    ...(restoresCheckpoints.length > 0 && { restores: restoresCheckpoints }),
    ...(run !== undefined && {
      change: {
        state: run.state,
        status: run.status,
        updated_at: run.updatedAt,
        error: run.error,
        error_code: run.errorCode,
        finished_at: run.finishedAt,
        pause_reason: run.pauseReason,
        wake_at: run.wakeAt,
        release: run.release ?? false,
        ...run.used,
      },
    }),
  };
}

// The entries with which a run goes back, and the definition that it comes to.
function toChangeRows({ entries }: RunCommit) {
  return entries.filter(goesBack).map(({ runId, seq, type, payload }) => ({
    run_id: runId,
    seq,
    ...(type === "definition_changed" && {
      definition_hash: (JSON.parse(payload) as { readonly definitionHash: string }).definitionHash,
    }),
  }));
}

function toCheckpointRow(c: StoredCheckpoint) {
  return {
    checkpoint_id: c.checkpointId,
    run_id: c.runId,
    seq: c.seq,
    kind: c.kind,
    name: c.name,
    created_at: c.createdAt,
    parent_checkpoint_id: c.parentCheckpointId,
    completed_count: c.completedCount,
    payload: c.payload,
    sha256: c.sha256,
  };
}

function toProcessRows(turns: readonly RunCommit[]) {
  const processes = turns.flatMap((turn) => turn.processes ?? []);
  const keyOf = (p: (typeof processes)[number]): string =>
    [p.runId, p.stepId, p.attemptNumber, p.pid].join("\n");
  return lastByKey(processes, keyOf).map((p) => ({
    run_id: p.runId,
    step_id: p.stepId,
    attempt_number: p.attemptNumber,
    host: p.host,
    pid: p.pid,
    process_start: p.processStart,
    owner_id: p.ownerId,
    machine: p.machine,
    token: p.token,
    database_id: p.databaseId,
  }));
}

function toCachedRows(runs: readonly RunCommit[]) {
  const cached = runs.flatMap(({ runId, cached: results = [] }) =>
    results.map((result) => ({ run_id: runId, ...result })),
  );
  return lastByKey(cached, ({ key }) => key);
}
