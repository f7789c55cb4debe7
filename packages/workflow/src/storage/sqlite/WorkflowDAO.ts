import type { RunStatus } from "@automatosx/schemas";
import { RUN_STATUSES } from "@automatosx/schemas/run-status";
import { damagedRun } from "../damaged-run.js";
import { runExists } from "../run-exists.js";
import type {
  NewRun,
  RunCommit,
  RunFilter,
  StepAttemptRow,
  StoredDefinition,
  StoredRun,
} from "../StoragePort.js";
import type { Database } from "./open-database.js";
import { RowReader, type StoredRow } from "./RowReader.js";
import { definitionRowHash, runOriginHash, toDefinition, toListedRun, toRun } from "./run-row.js";
import { type RunStepRow, type RunSummaryRow, toAttempt, toStep, toSummary } from "./view-row.js";

const DEFINITION = `SELECT hash, workflow_id, name, version, format, source, definition, step_count, created_at, lower(hex(row_hash)) AS row_hash
  FROM workflow_definitions`;

const COLUMNS = `run.run_id, run.workflow_id, run.definition_hash, run.state, run.status, run.inputs, run.context, run.error, run.error_code,
    run.created_at, run.updated_at, run.finished_at, run.journal_seq, run.parent_run_id, run.parent_checkpoint_id, run.owner_id, run.owner_host, run.owner_pid,
    run.owner_process_start, run.lease_until, run.lease_epoch, run.failed_recoveries, run.recovery_error, lower(hex(run.origin_hash)) AS origin_hash,
    definition.name AS workflow_name, definition.version AS workflow_version, definition.step_count AS step_count`;
// LEFT, so that a run whose definition cannot be found is reported, not overlooked.
const DEFINED =
  "LEFT JOIN workflow_definitions definition ON definition.hash = run.definition_hash";
const RUN = `SELECT ${COLUMNS} FROM workflow_runs run ${DEFINED}`;

const NEWEST_FIRST = "ORDER BY run.created_at DESC, run.run_id DESC";

interface ListFilter {
  readonly status: string | null;
  readonly workflowId: string | null;
  readonly limit: number;
}

// An index says which runs, their rows say all else: SQLite would take from the index what it has. It is read from end to
// end (`+`): in one with damage a search goes astray.
const listing = (index: string): string => `
  WITH chosen AS MATERIALIZED (
    SELECT run.run_number FROM workflow_runs run ${index}
    WHERE (@status IS NULL OR +run.status = @status) AND (@workflowId IS NULL OR run.workflow_id = @workflowId)
    ${NEWEST_FIRST} LIMIT @limit)
  SELECT ${COLUMNS} FROM chosen CROSS JOIN workflow_runs run USING (run_number) ${DEFINED} ${NEWEST_FIRST}`;

/** SQLite's own word for "no limit". */
const ALL = -1;

/** Definitions and runs: rows in, rows out. */
export class WorkflowDAO {
  readonly #database: Database;
  readonly #hasDefinition;
  readonly #saveWorkflow;
  readonly #getWorkflow;
  readonly #listWorkflows;
  readonly #insertRun;
  readonly #updateRun;
  readonly #letRunGo;
  readonly #advanceRun;
  readonly #getRun;
  readonly #hasRun;
  readonly #findRuns;
  readonly #listRuns;
  readonly #listRunsByStatus;
  readonly #isEveryRunIndexed;
  readonly #countRuns;
  readonly #attempts;
  readonly #steps;
  readonly #summary;

  constructor(database: Database) {
    this.#database = database;
    this.#hasDefinition = database
      .prepare<[string], unknown>("SELECT 1 FROM workflow_definitions WHERE hash = ?")
      .pluck();
    this.#saveWorkflow = database.prepare(
      `INSERT INTO workflow_definitions (hash, workflow_id, name, version, format, source, definition, step_count, created_at, row_hash)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, unhex(?)) ON CONFLICT (hash) DO NOTHING`,
    );
    this.#getWorkflow = database.prepare<[string]>(`${DEFINITION} WHERE hash = ?`);
    this.#listWorkflows = database.prepare<[]>(`${DEFINITION} ORDER BY created_at DESC, hash`);
    this.#insertRun = database.prepare(
      `INSERT INTO workflow_runs (run_id, workflow_id, definition_hash, state, status, inputs, context, created_at, updated_at,
         parent_run_id, parent_checkpoint_id, owner_id, owner_host, owner_pid, owner_process_start, lease_until, origin_hash)
       VALUES (?, ?, ?, 'idle', 'running', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, unhex(?)) ON CONFLICT (run_id) DO NOTHING`,
    );
    const change =
      "state = ?, status = ?, updated_at = ?, error = ?, error_code = ?, finished_at = ?, journal_seq = ?";
    const free =
      "owner_id = NULL, owner_host = NULL, owner_pid = NULL, owner_process_start = NULL, lease_until = NULL";
    this.#updateRun = database.prepare(`UPDATE workflow_runs SET ${change} WHERE run_id = ?`);
    this.#letRunGo = database.prepare(
      `UPDATE workflow_runs SET ${change}, ${free} WHERE run_id = ?`,
    );
    this.#advanceRun = database.prepare<[number, number, string]>(
      // A row with large inputs would be written anew as a whole each time.
      "UPDATE workflow_runs SET journal_seq = ?, updated_at = ? WHERE run_id = ? AND octet_length(inputs) + octet_length(context) < 8192",
    );
    this.#getRun = database.prepare<[string]>(
      `${RUN} WHERE run.run_number = (SELECT run_number FROM workflow_runs WHERE run_id = ?)`,
    );
    this.#hasRun = database
      .prepare<[string], unknown>("SELECT 1 FROM workflow_runs NOT INDEXED WHERE run_id = ?")
      .pluck();
    this.#findRuns = database.prepare<[{ part: string; limit: number }]>(
      `${RUN} WHERE instr(run.run_id, @part) > 0 ${NEWEST_FIRST} LIMIT @limit`,
    );
    this.#listRuns = database.prepare<[ListFilter]>(listing("INDEXED BY workflow_runs_by_age"));
    this.#listRunsByStatus = database.prepare<[ListFilter]>(
      listing("INDEXED BY workflow_runs_by_status"),
    );
    this.#isEveryRunIndexed = database
      .prepare<[], number>(
        `SELECT (SELECT sum(status IN (${RUN_STATUSES.map((status) => `'${status}'`).join(", ")})) FROM workflow_runs INDEXED BY workflow_runs_by_status)
           IS (SELECT nullif(count(*), 0) FROM workflow_runs INDEXED BY workflow_runs_by_age)`,
      )
      .pluck();
    this.#countRuns = database.prepare<[], unknown>(
      "SELECT status, count(*) AS count FROM workflow_runs GROUP BY status",
    );
    this.#attempts = database.prepare<[string, { stepId: string | null }]>(
      `SELECT run_id, step_id, attempt_number, status, started_at, finished_at, error FROM workflow_step_attempts
       WHERE run_id = ? AND (@stepId IS NULL OR step_id = @stepId) ORDER BY started_seq, step_id, attempt_number`,
    );
    this.#steps = database.prepare<[string]>(
      `SELECT run_id, step_id, status, attempts, started_at, finished_at, error FROM workflow_run_steps WHERE run_id = ? ORDER BY step_index`,
    );
    this.#summary = database.prepare<[string]>(
      "SELECT * FROM workflow_run_summary WHERE run_id = ?",
    );
  }

  /** Keeps a definition; one with its hash that is there already is left alone. */
  saveWorkflow(d: StoredDefinition): void {
    // Asked first: of most runs the definition is there, and its row need not be hashed again.
    if (this.#hasDefinition.get(d.hash) !== undefined) return;
    const { hash, workflowId, name, version, format, source, definition, stepCount, createdAt } = d;
    this.#saveWorkflow.run(
      hash,
      workflowId,
      name,
      version,
      format,
      source,
      definition,
      stepCount,
      createdAt,
      definitionRowHash(d),
    );
  }

  getWorkflow(hash: string): StoredDefinition | undefined {
    const found = this.#getWorkflow.get(hash);
    const definition = found === undefined ? undefined : toDefinition(found);
    return definition?.hash === hash ? definition : undefined;
  }

  /** Newest first. */
  listWorkflows(): StoredDefinition[] {
    return this.#listWorkflows.all().map(toDefinition);
  }

  /** Gives the number that the run's journal is kept under, and the hash that it begins with. `run_exists` when there is one of its id. */
  insertRun(run: NewRun): { readonly runNumber: number; readonly origin: string } {
    const { owner } = run;
    const inputs = JSON.stringify(run.inputs);
    const context = JSON.stringify(run.context);
    const parent = [run.parentRunId ?? null, run.parentCheckpointId ?? null];
    const lease = [owner.ownerId, owner.host, owner.pid, owner.processStart, run.leaseUntil];
    const origin = runOriginHash(run, inputs, context);
    const { runId, workflowId, definitionHash, createdAt } = run;
    const row = [
      runId,
      workflowId,
      definitionHash,
      inputs,
      context,
      createdAt,
      createdAt,
      ...parent,
      ...lease,
      origin,
    ];
    const { changes, lastInsertRowid } = this.#insertRun.run(...row);
    if (changes === 0) throw runExists(runId, "was begun by someone else in the meantime");
    return { runNumber: Number(lastInsertRowid), origin };
  }

  /** Once the lease is known to hold. `journalSeq`: how far the journal is with this change. */
  updateRun(runId: string, run: NonNullable<RunCommit["run"]>, journalSeq: number): void {
    const { state, status, updatedAt, error = null, errorCode = null, finishedAt = null } = run;
    const statement = run.release === true ? this.#letRunGo : this.#updateRun;
    statement.run(state, status, updatedAt, error, errorCode, finishedAt, journalSeq, runId);
  }

  /** How far the journal has come, so that it is seen when its end is lost. */
  advanceRun(runId: string, journalSeq: number, updatedAt: number): void {
    this.#advanceRun.run(journalSeq, updatedAt, runId);
  }

  /** `journal_damaged` when the row is not what was written. */
  getRun(runId: string): StoredRun | undefined {
    const found = this.#getRun.get(runId) as StoredRow | undefined;
    if (found?.["run_id"] === runId) return toRun(found);
    // No hash covers an index: one that was hit leads to another's row, or to none.
    if (found !== undefined || this.#hasRun.get(runId) !== undefined)
      throw damagedRun(runId, "the index of the ids does not lead to it");
    return undefined;
  }

  /** Runs whose id contains `part`, newest first, at most ten. A damaged one carries `damage`. */
  findRuns(part: string): StoredRun[] {
    return part === "" ? [] : this.#findRuns.all({ part, limit: 10 }).map(toListedRun);
  }

  /** Newest first. A damaged one carries `damage`. */
  listRuns({ status, workflowId, limit = ALL }: RunFilter = {}): StoredRun[] {
    const filter = { status: status ?? null, workflowId: workflowId ?? null, limit };
    const found = (status === undefined ? this.#listRuns : this.#listRunsByStatus).all(filter);
    const runs = found.map(toListedRun);
    // No hash covers an index: one that was hit may name a run twice, or under another status, or not at all.
    const isSound =
      this.#isEveryRunIndexed.get() === 1 &&
      new Set(runs.map(({ runId }) => runId)).size === runs.length;
    if (
      isSound &&
      (found as StoredRow[]).every((row) => status === undefined || row["status"] === status)
    )
      return runs;
    return this.#database
      .prepare<[ListFilter]>(listing("NOT INDEXED"))
      .all(filter)
      .map(toListedRun);
  }

  countRuns(): Record<RunStatus, number> {
    const counts: Record<RunStatus, number> = {
      running: 0,
      completed: 0,
      failed: 0,
      paused: 0,
      cancelled: 0,
    };
    const found =
      this.#isEveryRunIndexed.get() === 1
        ? this.#countRuns.all()
        : this.#database
            .prepare<[]>(
              "SELECT status, count(*) AS count FROM workflow_runs NOT INDEXED GROUP BY status",
            )
            .all();
    for (const one of found) {
      const row = new RowReader("workflow_runs", "status", one);
      counts[row.oneOf("status", RUN_STATUSES)] = row.count("count", 0);
    }
    return counts;
  }

  /** One row a step, in the order of the definition. */
  getRunSteps(runId: string): RunStepRow[] {
    return this.#steps.all(runId).map(toStep);
  }

  /** The attempts of a run, in the order in which they started. */
  getStepAttempts(runId: string, stepId?: string): StepAttemptRow[] {
    return this.#attempts.all(runId, { stepId: stepId ?? null }).map(toAttempt);
  }

  /** A run in numbers, counted from its journal. */
  getRunSummary(runId: string): RunSummaryRow | undefined {
    const found = this.#summary.get(runId);
    return found === undefined ? undefined : toSummary(found);
  }
}
