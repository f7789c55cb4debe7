import type { RunStatus } from "@automatosx/schemas";
import { RUN_STATUSES } from "@automatosx/schemas/run-status";
import { checkOptions } from "../../checks/check-options.js";
import { damagedRun } from "../damaged-run.js";
import { RowReader, type StoredRow } from "../RowReader.js";
import { runExists } from "../run-exists.js";
import { RUN_FILTER_CHECKS } from "../run-filter-check.js";
import { definitionRowHash, runOrigin, toDefinition, toListedRun, toRun } from "../run-row.js";
import type {
  NewRun,
  RunCommit,
  RunFilter,
  StepAttemptRow,
  StoredDefinition,
  StoredRun,
} from "../StoragePort.js";
import type { Database } from "./open-database.js";
import { RunViewDAO } from "./RunViewDAO.js";
import {
  ADVANCE_RUN,
  COUNT_CHILD_RUNS,
  FIND_RUNS,
  GET_RUN,
  INSERT_DEFINITION,
  INSERT_RUN,
  IS_EVERY_RUN_INDEXED,
  LIST_CHILD_RUNS,
  type ListParameters,
  listRunsSql,
  SELECT_DEFINITION,
  UPDATE_AND_RELEASE_RUN,
  UPDATE_RUN,
} from "./run-queries.js";
import type { RunStepRow, RunSummaryRow } from "./view-row.js";

/** SQLite's word for "no limit". */
const ALL = -1;

/**
 * The rows of definitions and runs, for programs that read a database without an engine.
 *
 * @example
 * const dao = new WorkflowDAO(new Database(".ax/workflow.db", { readonly: true }));
 * for (const { runId } of dao.listRuns({ status: "failed", limit: 10 })) {
 *   console.log(runId, dao.getRunSteps(runId));
 * }
 */
export class WorkflowDAO {
  readonly #database: Database;
  readonly #hasWorkflow;
  readonly #saveWorkflow;
  readonly #getWorkflow;
  readonly #listWorkflows;
  readonly #insertRun;
  readonly #updateRun;
  readonly #updateAndReleaseRun;
  readonly #advanceRun;
  readonly #getRun;
  readonly #hasRun;
  readonly #findRuns;
  readonly #listRuns;
  readonly #listRunsByStatus;
  readonly #listChildRuns;
  readonly #isEveryRunIndexed;
  readonly #countRuns;
  readonly #countChildRuns;
  #views: RunViewDAO | undefined;

  constructor(database: Database) {
    this.#database = database;
    this.#hasWorkflow = database
      .prepare<[string], unknown>("SELECT 1 FROM workflow_definitions WHERE hash = ?")
      .pluck();
    this.#saveWorkflow = database.prepare(INSERT_DEFINITION);
    this.#getWorkflow = database.prepare<[string]>(`${SELECT_DEFINITION} WHERE hash = ?`);
    this.#listWorkflows = database.prepare<[]>(
      `${SELECT_DEFINITION} ORDER BY created_at DESC, hash`,
    );
    this.#insertRun = database.prepare(INSERT_RUN);
    this.#updateRun = database.prepare(UPDATE_RUN);
    this.#updateAndReleaseRun = database.prepare(UPDATE_AND_RELEASE_RUN);
    this.#advanceRun = database.prepare<[number, number, string]>(ADVANCE_RUN);
    this.#getRun = database.prepare<[string]>(GET_RUN);
    this.#hasRun = database
      .prepare<[string], unknown>("SELECT 1 FROM workflow_runs NOT INDEXED WHERE run_id = ?")
      .pluck();
    this.#findRuns = database.prepare<[{ part: string; limit: number }]>(FIND_RUNS);
    this.#listRuns = database.prepare<[ListParameters]>(
      listRunsSql("INDEXED BY workflow_runs_by_age"),
    );
    this.#listRunsByStatus = database.prepare<[ListParameters]>(
      listRunsSql("INDEXED BY workflow_runs_by_status"),
    );
    this.#listChildRuns = database.prepare<[string]>(LIST_CHILD_RUNS);
    this.#isEveryRunIndexed = database.prepare<[], number>(IS_EVERY_RUN_INDEXED).pluck();
    this.#countRuns = database.prepare<[], unknown>(
      "SELECT status, count(*) AS count FROM workflow_runs GROUP BY status",
    );
    this.#countChildRuns = database.prepare<[], unknown>(COUNT_CHILD_RUNS);
  }

  /** Stores a definition. If its hash is already stored, nothing changes. */
  saveWorkflow(d: StoredDefinition): void {
    // Most runs use a stored definition, whose row need not be hashed again.
    if (this.#hasWorkflow.get(d.hash) !== undefined) return;
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

  /** The definition with this hash. Throws `database_unusable` if its row is damaged. */
  getWorkflow(hash: string): StoredDefinition | undefined {
    const found = this.#getWorkflow.get(hash);
    const definition = found === undefined ? undefined : toDefinition(found);
    return definition?.hash === hash ? definition : undefined;
  }

  /** All definitions, newest first. Throws `database_unusable` if a row is damaged. */
  listWorkflows(): StoredDefinition[] {
    return this.#listWorkflows.all().map(toDefinition);
  }

  /**
   * Creates a run, or with `backend` the copy of one. Returns the number that keys its journal, and
   * the hash that its chain starts from. Throws `run_exists` if the id is taken.
   */
  insertRun(
    run: NewRun,
    backend: string | null = null,
  ): { readonly runNumber: number; readonly origin: string } {
    const { owner } = run;
    const origin = runOrigin(run);
    const { parentRunId = null, parentCheckpointId = null, parentStepId = null } = run;
    const parent = [parentRunId, parentCheckpointId, parentStepId];
    const lease =
      owner === undefined
        ? [null, null, null, null, null, null]
        : [
            owner.ownerId,
            owner.host,
            owner.pid,
            owner.processStart,
            owner.machine ?? null,
            run.leaseUntil ?? 0,
          ];
    const { runId, workflowId, definitionHash, createdAt } = run;
    const row = [
      runId,
      workflowId,
      definitionHash,
      origin.inputs,
      origin.context,
      createdAt,
      createdAt,
      origin.startedFrom,
      ...parent,
      ...lease,
      backend,
      origin.hash,
    ];
    const { changes, lastInsertRowid } = this.#insertRun.run(...row);
    if (changes === 0) throw runExists(runId, "was started by another process in the meantime");
    return { runNumber: Number(lastInsertRowid), origin: origin.hash };
  }

  /** Must be called after the lease was checked. `journalSeq` is the last entry of the journal. */
  updateRun(runId: string, run: NonNullable<RunCommit["run"]>, journalSeq: number): void {
    const { state, status, updatedAt, error = null, errorCode = null, finishedAt = null } = run;
    const { pauseReason = null, wakeAt = null } = run;
    const changes = [state, status, updatedAt, error, errorCode, finishedAt];
    changes.push(pauseReason, wakeAt, journalSeq);
    if (run.release !== true) return void this.#updateRun.run(...changes, runId);
    const { attempts = null, tokens = null, usd = null } = run.used ?? {};
    this.#updateAndReleaseRun.run(...changes, attempts, tokens, usd, runId);
  }

  /** Records the end of the journal in the run's row, so that a loss of the end can be detected. */
  advanceRun(runId: string, journalSeq: number, updatedAt: number): void {
    this.#advanceRun.run(journalSeq, updatedAt, runId);
  }

  /** The run with this id. Throws `journal_damaged` if its row fails its checks. */
  getRun(runId: string): StoredRun | undefined {
    const found = this.#getRun.get(runId) as StoredRow | undefined;
    if (found?.["run_id"] === runId) return toRun(found);
    // No hash covers the index: a damaged one may return the row of another run, or none.
    if (found !== undefined || this.#hasRun.get(runId) !== undefined)
      throw damagedRun(runId, "the index over run ids does not contain it");
    return undefined;
  }

  /**
   * At most ten runs whose id contains `part`, newest first. A damaged run has its `damage` field
   * set.
   */
  findRuns(part: string): StoredRun[] {
    return part === "" ? [] : this.#findRuns.all({ part, limit: 10 }).map(toListedRun);
  }

  /** Runs, newest first. A damaged run has its `damage` field set. */
  listRuns(options: RunFilter = {}): StoredRun[] {
    checkOptions<RunFilter>("listRuns", options, RUN_FILTER_CHECKS);
    const { status, workflowId, isChild, limit = ALL } = options;
    const filter = {
      status: status ?? null,
      workflowId: workflowId ?? null,
      isChild: isChild === undefined ? null : Number(isChild),
      limit,
    };
    const found = (status === undefined ? this.#listRuns : this.#listRunsByStatus).all(filter);
    const runs = found.map(toListedRun);
    // No hash covers the index: a damaged one may return a run twice, not at all, or under another
    // status.
    const isSound =
      this.#isEveryRunIndexed.get() === 1 &&
      new Set(runs.map(({ runId }) => runId)).size === runs.length;
    if (
      isSound &&
      (found as StoredRow[]).every((row) => status === undefined || row["status"] === status)
    )
      return runs;
    return this.#database
      .prepare<[ListParameters]>(listRunsSql("NOT INDEXED"))
      .all(filter)
      .map(toListedRun);
  }

  /** The runs that steps of this run started, oldest first. */
  listChildRuns(parentRunId: string): StoredRun[] {
    return this.#listChildRuns.all(parentRunId).map(toListedRun);
  }

  /** The number of runs with each status. */
  countRuns(): Record<RunStatus, number> {
    return countsOf(
      this.#isEveryRunIndexed.get() === 1
        ? this.#countRuns.all()
        : this.#database
            .prepare<[]>(
              "SELECT status, count(*) AS count FROM workflow_runs NOT INDEXED GROUP BY status",
            )
            .all(),
    );
  }

  /** The number of runs with each status that a step of another run started. */
  countChildRuns(): Record<RunStatus, number> {
    return countsOf(this.#countChildRuns.all());
  }

  /** The steps of a run, in the order of the definition. */
  getRunSteps(runId: string): RunStepRow[] {
    return this.#derived.steps(runId);
  }

  /** The attempts of a run, or of one of its steps, in the order in which they started. */
  getStepAttempts(runId: string, stepId?: string): StepAttemptRow[] {
    return this.#derived.attempts(runId, stepId);
  }

  /** A run's counts, derived from its journal. */
  getRunSummary(runId: string): RunSummaryRow | undefined {
    return this.#derived.summary(runId);
  }

  get #derived(): RunViewDAO {
    this.#views ??= new RunViewDAO(this.#database);
    return this.#views;
  }
}

function countsOf(groups: readonly unknown[]): Record<RunStatus, number> {
  const counts: Record<RunStatus, number> = {
    running: 0,
    completed: 0,
    failed: 0,
    paused: 0,
    cancelled: 0,
  };
  for (const group of groups) {
    const row = new RowReader("workflow_runs", "status", group);
    counts[row.oneOf("status", RUN_STATUSES)] = row.count("count", 0);
  }
  return counts;
}
