import { WorkflowError } from "@automatosx/workflow/errors";
import {
  type EndedRun,
  endedRunOf,
  HALF_REMOVED,
  RowReader,
  type RunRemoval,
  type StoragePort,
  type StorageSize,
  type StoredRun,
} from "@automatosx/workflow/storage";
import type { Sql } from "../connection/Statement.js";
import type { ArtifactRows } from "./ArtifactRows.js";

/** The maximum that one transaction removes. */
const BATCH_ROWS = 100;
const BATCH_BYTES = 512 * 1024;

const LIST_ENDED = `
  SELECT run_id, workflow_id, status, created_at, finished_at FROM axw.workflow_runs
  WHERE (created_at, run_id) > ($1, $2) AND status IN ('completed', 'failed', 'cancelled')
    AND parent_step_id IS NULL
  ORDER BY created_at, run_id LIMIT $3`;

// Besides its content, a row takes space for its columns, ids and index entries.
const MEASURE = `
  SELECT (700 + octet_length(run.inputs) + octet_length(run.context)
    + (SELECT coalesce(sum(octet_length(payload) + 220), 0) FROM axw.workflow_journal
       WHERE run_id = $1)
    + (SELECT coalesce(sum(octet_length(payload) + 450), 0) FROM axw.workflow_checkpoints
       WHERE run_id = $1)
    + (SELECT coalesce(sum(octet_length(text) + 180), 0) FROM axw.workflow_step_logs
       WHERE run_id = $1))::bigint AS bytes
  FROM axw.workflow_runs run WHERE run.run_id = $1`;

// Counts at most $2 rows of each table: enough to see that a run does not fit into one transaction.
const SIZE_OF_RUN = `
  SELECT count(*) AS rows, coalesce(sum(bytes), 0)::bigint AS bytes FROM (
    (SELECT octet_length(payload) AS bytes FROM axw.workflow_journal WHERE run_id = $1 LIMIT $2)
    UNION ALL
    (SELECT octet_length(payload) FROM axw.workflow_checkpoints WHERE run_id = $1 LIMIT $2)
    UNION ALL
    (SELECT octet_length(text) FROM axw.workflow_step_logs WHERE run_id = $1 LIMIT $2)
    UNION ALL
    (SELECT octet_length(argument) FROM axw.workflow_commands WHERE run_id = $1 LIMIT $2)) sizes`;

// The rows of a run in one table, as they may be removed: newest first, so that each checkpoint is
// removed before the one that it builds on. At least one row, even if it is larger than a batch.
const removePart = (table: string, key: string, content: string, order: string): string => `
  WITH marked AS (
    UPDATE axw.workflow_runs SET state = 'cancelled', status = 'cancelled', error = $2,
      error_code = '${HALF_REMOVED}' WHERE run_id = $1),
  newest AS (
    SELECT ${key} AS id, row_number() OVER (ORDER BY ${order}) AS place,
      sum(octet_length(${content})) OVER (ORDER BY ${order}) AS bytes
    FROM (SELECT * FROM ${table} WHERE run_id = $1 ORDER BY ${order} LIMIT ${BATCH_ROWS}) rows)
  DELETE FROM ${table} WHERE run_id = $1
    AND ${key} IN (SELECT id FROM newest WHERE place = 1 OR bytes <= ${BATCH_BYTES})
  RETURNING ${key} AS id`;

const PARTS = [
  removePart("axw.workflow_step_logs", "log_id", "text", "log_id DESC"),
  removePart("axw.workflow_commands", "command_id", "argument", "command_id DESC"),
  removePart(
    "axw.workflow_checkpoints",
    "checkpoint_id",
    "payload",
    'seq DESC, checkpoint_id COLLATE "C" DESC',
  ),
];

// The journal is removed from its end, so that the rest always passes verification.
const FIRST_OF_BATCH = `
  SELECT min(seq) AS seq FROM (
    SELECT seq, row_number() OVER newest AS place, sum(octet_length(payload)) OVER newest AS bytes
    FROM (SELECT seq, payload FROM axw.workflow_journal WHERE run_id = $1
          ORDER BY seq DESC LIMIT ${BATCH_ROWS}) rows
    WINDOW newest AS (ORDER BY seq DESC)) sized
  WHERE place = 1 OR bytes <= ${BATCH_BYTES}`;

const REMOVE_ENTRIES = `
  WITH shortened AS (
    UPDATE axw.workflow_runs SET journal_seq = $2 - 1 WHERE run_id = $1)
  DELETE FROM axw.workflow_journal WHERE run_id = $1 AND seq >= $2`;

// Only if nothing has happened to it since it was judged: $2 the epoch, $3 the owner.
const REMOVE_RUN = `
  WITH gone AS (
    DELETE FROM axw.workflow_runs run
    WHERE run.run_id = $1 AND run.status IN ('completed', 'failed', 'cancelled')
      AND run.lease_epoch = $2 AND run.owner_id IS NOT DISTINCT FROM $3
      AND NOT EXISTS (SELECT 1 FROM axw.workflow_runs fork WHERE fork.parent_run_id = $1)
    RETURNING run.definition_hash)
  SELECT definition_hash AS hash FROM gone
  UNION SELECT later.definition_hash FROM axw.workflow_run_definitions later, gone
  WHERE later.run_id = $1`;

// A definition is used by runs, as their first or a later one, and by definitions that contain its
// hash, whose steps may still start a run of it.
const REMOVE_DEFINITION = `
  DELETE FROM axw.workflow_definitions d
  WHERE d.hash = $1
    AND NOT EXISTS (SELECT 1 FROM axw.workflow_runs WHERE definition_hash = $1)
    AND NOT EXISTS (SELECT 1 FROM axw.workflow_run_definitions WHERE definition_hash = $1)
    AND NOT EXISTS (SELECT 1 FROM axw.workflow_definitions other
      WHERE other.hash <> $1 AND position($1 IN other.definition) > 0)
  RETURNING d.definition`;

/** The hash of a definition whose steps a step runs as a run of their own. */
const NAMED_HASH = /"workflow":\{"hash":"([0-9a-f]{64})"/g;

const SIZE = `
  SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint AS bytes
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = 'axw' AND c.relkind = 'r'`;

/** Ended runs, as retention selects and removes them. */
export class RetentionRows {
  readonly #sql: Sql;
  readonly #artifacts: ArtifactRows;

  constructor(sql: Sql, artifacts: ArtifactRows) {
    this.#sql = sql;
    this.#artifacts = artifacts;
  }

  ended(after: Pick<EndedRun, "createdAt" | "runId"> | undefined, limit: number): EndedRun[] {
    const { createdAt = -1, runId = "" } = after ?? {};
    return this.#sql(LIST_ENDED, [createdAt, runId, limit]).map((found) =>
      endedRunOf(new RowReader("workflow_runs", "run_id", found)),
    );
  }

  halfRemoved(): readonly string[] {
    return this.#ids(
      "SELECT run_id FROM axw.workflow_runs WHERE status = 'cancelled' AND error_code = $1",
      [HALF_REMOVED],
    );
  }

  forks(runId: string): readonly string[] {
    return this.#ids("SELECT run_id FROM axw.workflow_runs WHERE parent_run_id = $1", [runId]);
  }

  measure(runId: string): number {
    const [row] = this.#sql(MEASURE, [runId]);
    return row === undefined ? 0 : (row["bytes"] as number) + this.#artifacts.bytesOf(runId, 1);
  }

  size(): StorageSize {
    const [row] = this.#sql(SIZE);
    const bytes = row?.["bytes"] as number;
    return { fileBytes: bytes, usedBytes: bytes };
  }

  /** Each run is a transaction of its own: see `StoragePort`. */
  remove(
    { runIds, isHeld }: Parameters<StoragePort["removeRuns"]>[0],
    read: (runId: string) => StoredRun | undefined,
  ): RunRemoval[] {
    const removals: RunRemoval[] = [];
    for (let [rows, index] = [0, 0]; index < runIds.length && rows < BATCH_ROWS; index += 1) {
      const runId = runIds[index] ?? "";
      const { removal, size } = this.#removeOne(runId, read, isHeld);
      removals.push(removal);
      rows += size;
      if (removal.outcome === "partial") break;
    }
    return removals;
  }

  #removeOne(
    runId: string,
    read: (runId: string) => StoredRun | undefined,
    isHeld: (run: StoredRun) => boolean,
  ): { readonly removal: RunRemoval; readonly size: number } {
    const run = readable(runId, read);
    const because = run === "damaged" ? run : this.#reasonToKeep(run, isHeld);
    if (because !== undefined || run === undefined || run === "damaged")
      return { removal: kept(runId, because ?? "not_ended"), size: 0 };
    const [size] = this.#sql(SIZE_OF_RUN, [runId, BATCH_ROWS + 1]);
    const [rows, bytes] = [size?.["rows"] as number, size?.["bytes"] as number];
    if (rows > BATCH_ROWS || bytes > BATCH_BYTES) {
      const removal = { outcome: "partial", artifactBytes: this.#removePart(runId) } as const;
      return { removal: { runId, ...removal }, size: BATCH_ROWS };
    }
    const artifactBytes = this.#artifacts.bytesOf(runId, 1);
    const gone = this.#sql(REMOVE_RUN, [runId, run.leaseEpoch, run.owner?.ownerId ?? null]);
    if (gone.length === 0) return { removal: kept(runId, "held"), size: 0 };
    const hashes = gone.map((row) => String(row["hash"]));
    const removedDefinition = hashes.filter((hash) => this.#removeDefinition(hash)).length > 0;
    return { removal: { runId, outcome: "removed", artifactBytes, removedDefinition }, size: rows };
  }

  #reasonToKeep(
    run: StoredRun | undefined,
    isHeld: (run: StoredRun) => boolean,
  ): RunRemoval["because"] {
    if (run === undefined || run.status === "running" || run.status === "paused")
      return "not_ended";
    if (run.owner !== undefined && isHeld(run)) return "held";
    return this.forks(run.runId).length === 0 ? undefined : "forked";
  }

  // Removes rows that no other row depends on first. Returns the bytes of the artifacts that the
  // removed entries referred to.
  #removePart(runId: string): number {
    const error = "The run is being removed; part of it is gone.";
    for (const part of PARTS) if (this.#sql(part, [runId, error]).length > 0) return 0;
    const [first] = this.#sql(FIRST_OF_BATCH, [runId]);
    const from = (first?.["seq"] ?? 1) as number;
    const artifactBytes = this.#artifacts.bytesOf(runId, from);
    this.#sql(REMOVE_ENTRIES, [runId, from]);
    return artifactBytes;
  }

  // A run that is started at this moment keeps it: the deletion then fails, or the run stores it
  // again.
  #removeDefinition(hash: string): boolean {
    try {
      const [removed] = this.#sql(REMOVE_DEFINITION, [hash]);
      if (removed === undefined) return false;
      for (const [, inner = ""] of String(removed["definition"]).matchAll(NAMED_HASH))
        this.#removeDefinition(inner);
      return true;
    } catch (error) {
      if (error instanceof WorkflowError && error.code === "internal") return false;
      throw error;
    }
  }

  #ids(text: string, values: readonly unknown[]): readonly string[] {
    return this.#sql(text, values).map((row) => String(row["run_id"]));
  }
}

function readable(
  runId: string,
  read: (runId: string) => StoredRun | undefined,
): StoredRun | "damaged" | undefined {
  try {
    return read(runId);
  } catch (error) {
    if (error instanceof WorkflowError && error.code === "journal_damaged") return "damaged";
    throw error;
  }
}

function kept(runId: string, because: NonNullable<RunRemoval["because"]>): RunRemoval {
  return { runId, outcome: "kept", because, artifactBytes: 0 };
}
