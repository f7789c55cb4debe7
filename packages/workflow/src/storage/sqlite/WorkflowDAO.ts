import type { RunState, RunStatus } from "@automatosx/schemas";
import type { NewRun, RunCommit, RunFilter, StepAttemptRow, StoredDefinition, StoredRun } from "../StoragePort.js";
import type { Database } from "./open-database.js";

interface DefinitionRow {
  hash: string;
  workflow_id: string;
  name: string;
  version: string;
  format: "yaml" | "json";
  source: string;
  definition: string;
  step_count: number;
  created_at: number;
}

interface RunRow {
  run_id: string;
  workflow_id: string;
  workflow_name: string;
  workflow_version: string;
  step_count: number;
  definition_hash: string;
  state: RunState;
  status: RunStatus;
  inputs: string;
  context: string;
  error: string | null;
  error_code: string | null;
  created_at: number;
  updated_at: number;
  finished_at: number | null;
  parent_run_id: string | null;
  parent_checkpoint_id: string | null;
  owner_id: string | null;
  owner_host: string | null;
  owner_pid: number | null;
  owner_process_start: string | null;
  lease_until: number | null;
  lease_epoch: number;
}

interface AttemptRow {
  run_id: string;
  step_id: string;
  attempt_number: number;
  status: StepAttemptRow["status"];
  started_at: number;
  finished_at: number | null;
  error: string | null;
}

const RUNS = `SELECT run.*, definition.name AS workflow_name, definition.version AS workflow_version, definition.step_count AS step_count
  FROM workflow_runs run JOIN workflow_definitions definition ON definition.hash = run.definition_hash`;

const ALL = -1;

/** Definitions and runs: rows in, rows out. */
export class WorkflowDAO {
  readonly #saveDefinition;
  readonly #getDefinition;
  readonly #listDefinitions;
  readonly #insertRun;
  readonly #updateRun;
  readonly #getRun;
  readonly #findRuns;
  readonly #listRuns;
  readonly #countRuns;
  readonly #attempts;

  constructor(database: Database) {
    this.#saveDefinition = database.prepare(
      `INSERT INTO workflow_definitions (hash, workflow_id, name, version, format, source, definition, step_count, created_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (hash) DO NOTHING`,
    );
    this.#getDefinition = database.prepare<[string], DefinitionRow>("SELECT * FROM workflow_definitions WHERE hash = ?");
    this.#listDefinitions = database.prepare<[], DefinitionRow>("SELECT * FROM workflow_definitions ORDER BY created_at DESC, hash");
    this.#insertRun = database.prepare(
      `INSERT INTO workflow_runs (run_id, workflow_id, definition_hash, state, status, inputs, context, created_at, updated_at,
         parent_run_id, parent_checkpoint_id, owner_id, owner_host, owner_pid, owner_process_start, lease_until)
       VALUES (?, ?, ?, 'idle', 'running', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#updateRun = database.prepare(
      `UPDATE workflow_runs SET state = ?, status = ?, updated_at = ?, error = ?, error_code = ?, finished_at = ? WHERE run_id = ?`,
    );
    this.#getRun = database.prepare<[string], RunRow>(`${RUNS} WHERE run.run_id = ?`);
    this.#findRuns = database.prepare<[string], RunRow>(`${RUNS} WHERE instr(run.run_id, ?) > 0 ORDER BY run.created_at DESC LIMIT 10`);
    this.#listRuns = database.prepare<[{ status: string | null; workflowId: string | null; limit: number }], RunRow>(
      `${RUNS} WHERE (@status IS NULL OR run.status = @status) AND (@workflowId IS NULL OR run.workflow_id = @workflowId)
       ORDER BY run.created_at DESC, run.run_id DESC LIMIT @limit`,
    );
    this.#countRuns = database.prepare<[], { status: RunStatus; count: number }>(
      "SELECT status, count(*) AS count FROM workflow_runs GROUP BY status",
    );
    this.#attempts = database.prepare<[string, { stepId: string | null }], AttemptRow>(
      `SELECT run_id, step_id, attempt_number, status, started_at, finished_at, error FROM workflow_step_attempts
       WHERE run_id = ? AND (@stepId IS NULL OR step_id = @stepId) ORDER BY started_seq, step_id, attempt_number`,
    );
  }

  saveWorkflow(d: StoredDefinition): void {
    this.#saveDefinition.run(d.hash, d.workflowId, d.name, d.version, d.format, d.source, d.definition, d.stepCount, d.createdAt);
  }

  getWorkflow(hash: string): StoredDefinition | undefined {
    const row = this.#getDefinition.get(hash);
    return row === undefined ? undefined : toDefinition(row);
  }

  /** Newest first. */
  listWorkflows(): StoredDefinition[] {
    return this.#listDefinitions.all().map(toDefinition);
  }

  insertRun(run: NewRun): void {
    const { owner } = run;
    const json = [JSON.stringify(run.inputs), JSON.stringify(run.context)];
    const parent = [run.parentRunId ?? null, run.parentCheckpointId ?? null];
    const lease = [owner.ownerId, owner.host, owner.pid, owner.processStart, run.leaseUntil];
    this.#insertRun.run(run.runId, run.workflowId, run.definitionHash, ...json, run.createdAt, run.createdAt, ...parent, ...lease);
  }

  updateRun(runId: string, run: NonNullable<RunCommit["run"]>): void {
    this.#updateRun.run(run.state, run.status, run.updatedAt, run.error ?? null, run.errorCode ?? null, run.finishedAt ?? null, runId);
  }

  getRun(runId: string): StoredRun | undefined {
    const row = this.#getRun.get(runId);
    return row === undefined ? undefined : toRun(row);
  }

  /** Runs whose id contains `part`, newest first, at most ten. */
  findRuns(part: string): StoredRun[] {
    return part === "" ? [] : this.#findRuns.all(part).map(toRun);
  }

  /** Newest first. */
  listRuns({ status, workflowId, limit }: RunFilter = {}): StoredRun[] {
    return this.#listRuns.all({ status: status ?? null, workflowId: workflowId ?? null, limit: limit ?? ALL }).map(toRun);
  }

  countRuns(): Record<RunStatus, number> {
    const counts: Record<RunStatus, number> = { running: 0, completed: 0, failed: 0, paused: 0, cancelled: 0 };
    for (const { status, count } of this.#countRuns.all()) counts[status] = count;
    return counts;
  }

  /** The attempts of a run, in the order in which they started. */
  getRunSteps(runId: string, stepId?: string): StepAttemptRow[] {
    return this.#attempts.all(runId, { stepId: stepId ?? null }).map(toAttempt);
  }
}

function toDefinition(row: DefinitionRow): StoredDefinition {
  const { workflow_id: workflowId, step_count: stepCount, created_at: createdAt, ...rest } = row;
  return { ...rest, workflowId, stepCount, createdAt };
}

function toRun(row: RunRow): StoredRun {
  const { owner_id: ownerId, owner_host: host, owner_pid: pid, owner_process_start: processStart } = row;
  const isOwned = ownerId !== null && host !== null && pid !== null;
  return {
    runId: row.run_id,
    workflowId: row.workflow_id,
    workflowName: row.workflow_name,
    workflowVersion: row.workflow_version,
    definitionHash: row.definition_hash,
    state: row.state,
    status: row.status,
    inputs: JSON.parse(row.inputs) as Record<string, unknown>,
    context: JSON.parse(row.context) as Record<string, unknown>,
    stepCount: row.step_count,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    leaseEpoch: row.lease_epoch,
    ...(row.error !== null && { error: row.error }),
    ...(row.error_code !== null && { errorCode: row.error_code }),
    ...(row.finished_at !== null && { finishedAt: row.finished_at }),
    ...(isOwned && { owner: { ownerId, host, pid, processStart: processStart ?? "" } }),
    ...(row.lease_until !== null && { leaseUntil: row.lease_until }),
    ...(row.parent_run_id !== null && { parentRunId: row.parent_run_id }),
    ...(row.parent_checkpoint_id !== null && { parentCheckpointId: row.parent_checkpoint_id }),
  };
}

function toAttempt(row: AttemptRow): StepAttemptRow {
  return {
    runId: row.run_id,
    stepId: row.step_id,
    attemptNumber: row.attempt_number,
    status: row.status,
    startedAt: row.started_at,
    ...(row.finished_at !== null && { finishedAt: row.finished_at }),
    ...(row.error !== null && { error: row.error }),
  };
}
