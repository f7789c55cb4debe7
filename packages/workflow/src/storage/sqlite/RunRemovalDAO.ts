import { WorkflowError } from "../../errors.js";
import { HALF_REMOVED } from "../half-removed.js";
import { REFERENCED_ARTIFACTS, REFERS_TO_ARTIFACTS } from "../referenced-artifacts.js";
import type { RunRemoval, StoredRun } from "../StoragePort.js";
import { DefinitionUses } from "./DefinitionUses.js";
import type { Database } from "./open-database.js";

/** The maximum that one transaction removes: a few milliseconds of work. */
const BATCH_ROWS = 100;
const BATCH_BYTES = 512 * 1024;

// The first and the last key that the journal of a run can have.
const FIRST_KEY = "(SELECT run_number * 100000000 FROM workflow_runs WHERE run_id = @runId)";
const LAST_KEY =
  "(SELECT run_number * 100000000 + 99999999 FROM workflow_runs WHERE run_id = @runId)";

// Counts at most `@most` rows of each table: enough to determine that a run does not fit into one
// transaction.
const SIZE_OF_RUN = `
  SELECT count(*) AS rows, coalesce(sum(bytes), 0) AS bytes FROM (
    SELECT * FROM (SELECT octet_length(payload) AS bytes FROM workflow_events
                   WHERE run_id = @runId LIMIT @most)
    UNION ALL
    SELECT * FROM (SELECT octet_length(payload) FROM workflow_checkpoints
                   WHERE run_id = @runId LIMIT @most)
    UNION ALL
    SELECT * FROM (SELECT octet_length(text) FROM workflow_step_logs
                   WHERE run_id = @runId LIMIT @most)
    UNION ALL
    SELECT * FROM (SELECT octet_length(argument) FROM workflow_commands
                   WHERE run_id = @runId LIMIT @most))`;

const ARTIFACT_BYTES = `
  SELECT coalesce(sum(octet_length(a.content)), 0)
  FROM workflow_events e CROSS JOIN workflow_artifacts a ON a.sha256 IN (${REFERENCED_ARTIFACTS})
  WHERE e.run_id = ? AND e.seq >= ? AND ${REFERS_TO_ARTIFACTS}`;

interface Size {
  readonly rows: number;
  readonly bytes: number;
}

interface SizedRow {
  readonly id: number;
  readonly bytes: number;
}

/** Removes ended runs: a small run as a whole, a large run part by part. */
export class RunRemovalDAO {
  readonly #definitions: DefinitionUses;
  readonly #forks;
  readonly #definitionsOf;
  readonly #size;
  readonly #artifactBytes;
  readonly #mark;
  readonly #newestEntries;
  readonly #removeEntries;
  readonly #shortenJournal;
  readonly #parts;
  readonly #removeRun;

  constructor(database: Database) {
    this.#definitions = new DefinitionUses(database);
    this.#forks = database
      .prepare<[string], string>("SELECT run_id FROM workflow_runs WHERE parent_run_id = ?")
      .pluck();
    this.#definitionsOf = database
      .prepare<[{ runId: string }], string>(
        `SELECT definition_hash FROM workflow_runs WHERE run_id = @runId
         UNION SELECT definition_hash FROM workflow_run_definitions WHERE run_id = @runId`,
      )
      .pluck();
    this.#size = database.prepare<[{ runId: string; most: number }], Size>(SIZE_OF_RUN);
    this.#artifactBytes = database.prepare<[string, number], number>(ARTIFACT_BYTES).pluck();
    this.#mark = database.prepare<[string, string, string]>(
      `UPDATE workflow_runs SET state = 'cancelled', status = 'cancelled', error = ?, error_code = ?
       WHERE run_id = ?`,
    );
    this.#newestEntries = database.prepare<[{ runId: string; most: number }], SizedRow>(
      `SELECT entry_id % 100000000 AS id, octet_length(payload) AS bytes FROM workflow_journal
       WHERE entry_id BETWEEN ${FIRST_KEY} AND ${LAST_KEY} ORDER BY entry_id DESC LIMIT @most`,
    );
    this.#removeEntries = database.prepare<[{ runId: string; from: number }]>(
      `DELETE FROM workflow_journal WHERE entry_id BETWEEN ${FIRST_KEY} + @from AND ${LAST_KEY}`,
    );
    this.#shortenJournal = database.prepare<[number, string]>(
      "UPDATE workflow_runs SET journal_seq = ? WHERE run_id = ?",
    );
    // Newest first, so that each checkpoint is removed before the one that it builds on.
    this.#parts = [
      preparePart(database, "workflow_step_logs", "text", "log_id"),
      preparePart(database, "workflow_commands", "argument", "command_id"),
      preparePart(database, "workflow_checkpoints", "payload", "seq DESC, checkpoint_id DESC"),
    ];
    // Its journal, checkpoints, logs, commands and cached results are removed with it.
    this.#removeRun = database.prepare<[string]>("DELETE FROM workflow_runs WHERE run_id = ?");
  }

  /** The ids of runs that were forked from this one. */
  forks(runId: string): string[] {
    return this.#forks.all(runId);
  }

  /**
   * Must be called inside a transaction. Removes the runs in this order until a batch is full, and
   * returns those that it reached. `read` returns a run, and throws `journal_damaged` for a damaged
   * one.
   */
  remove(
    runIds: readonly string[],
    read: (runId: string) => StoredRun | undefined,
    isHeld: (run: StoredRun) => boolean,
  ): RunRemoval[] {
    const removals: RunRemoval[] = [];
    let [rows, bytes] = [0, 0];
    for (const runId of runIds) {
      const because = this.#reasonToKeep(runId, read, isHeld);
      if (because !== undefined) {
        removals.push({ runId, outcome: "kept", because, artifactBytes: 0 });
        continue;
      }
      const size = this.#size.get({ runId, most: BATCH_ROWS + 1 }) ?? { rows: 0, bytes: 0 };
      if (rows > 0 && (rows + size.rows > BATCH_ROWS || bytes + size.bytes > BATCH_BYTES)) break;
      if (size.rows > BATCH_ROWS || size.bytes > BATCH_BYTES) {
        removals.push({ runId, outcome: "partial", artifactBytes: this.#removePart(runId) });
        break;
      }
      const artifactBytes = this.#artifactBytes.get(runId, 0) ?? 0;
      const removedDefinition = this.#removeWhole(runId);
      removals.push({ runId, outcome: "removed", artifactBytes, removedDefinition });
      // Removing a definition is slow: SQLite searches all runs for one that refers to it.
      if (removedDefinition) break;
      rows += size.rows + 1;
      bytes += size.bytes;
    }
    return removals;
  }

  #reasonToKeep(
    runId: string,
    read: (runId: string) => StoredRun | undefined,
    isHeld: (run: StoredRun) => boolean,
  ): RunRemoval["because"] {
    let run: StoredRun | undefined;
    try {
      run = read(runId);
    } catch (error) {
      if (error instanceof WorkflowError && error.code === "journal_damaged") return "damaged";
      throw error;
    }
    if (run === undefined || run.status === "running" || run.status === "paused")
      return "not_ended";
    if (run.owner !== undefined && isHeld(run)) return "held";
    return this.#forks.get(runId) === undefined ? undefined : "forked";
  }

  #removeWhole(runId: string): boolean {
    const hashes = this.#definitionsOf.all({ runId });
    this.#removeRun.run(runId);
    return hashes.filter((hash) => this.#definitions.removeUnused(hash)).length > 0;
  }

  // Removes rows that no other row depends on first, then the journal from its end, so that the
  // rest always passes verification. Returns the size in bytes of the artifacts that the removed
  // entries referred to.
  #removePart(runId: string): number {
    this.#mark.run("The run is being removed; part of it is gone.", HALF_REMOVED, runId);
    for (const { rows, remove } of this.#parts) {
      const batch = upToBatch(rows.all(runId, BATCH_ROWS));
      for (const { id } of batch) remove.run(id);
      if (batch.length > 0) return 0;
    }
    const from = upToBatch(this.#newestEntries.all({ runId, most: BATCH_ROWS })).at(-1)?.id ?? 1;
    const artifactBytes = this.#artifactBytes.get(runId, from) ?? 0;
    this.#removeEntries.run({ runId, from });
    this.#shortenJournal.run(from - 1, runId);
    return artifactBytes;
  }
}

// The rows of a run in one table, in the order in which they can be removed, and how to remove one.
function preparePart(database: Database, table: string, content: string, order: string) {
  return {
    rows: database.prepare<[string, number], SizedRow>(
      `SELECT rowid AS id, octet_length(${content}) AS bytes FROM ${table}
       WHERE run_id = ? ORDER BY ${order} LIMIT ?`,
    ),
    remove: database.prepare<[number]>(`DELETE FROM ${table} WHERE rowid = ?`),
  };
}

/** Returns the first rows, up to the size of one batch, but at least one. */
function upToBatch(rows: readonly SizedRow[]): readonly SizedRow[] {
  let bytes = 0;
  const end = rows.findIndex((row) => {
    bytes += row.bytes;
    return bytes > BATCH_BYTES;
  });
  return end === -1 ? rows : rows.slice(0, Math.max(1, end));
}
