import { WorkflowError } from "../../errors.js";
import type { EndedRun, RunOwner, RunRemoval, StoredRun } from "../StoragePort.js";
import type { Database } from "./open-database.js";
import { RowReader } from "./RowReader.js";

/** What one transaction takes away: a few milliseconds' worth. */
const BATCH_ROWS = 100;
const BATCH_BYTES = 512 * 1024;

/** Says of a run that a part of it is gone: it cannot be resumed, and is removed first the next time. */
const HALF_REMOVED = "run_removed";

const ENDED = ["completed", "failed", "cancelled"] as const;

/** Definitions of which it is remembered which run has them. */
const MOST_WITNESSES = 10_000;

// The keys of a run's journal.
const FIRST_KEY = "(SELECT run_number * 100000000 FROM workflow_runs WHERE run_id = @runId)";
const LAST_KEY =
  "(SELECT run_number * 100000000 + 99999999 FROM workflow_runs WHERE run_id = @runId)";

interface Size {
  readonly rows: number;
  readonly bytes: number;
}

interface SizedRow {
  readonly id: number;
  readonly bytes: number;
}

interface Candidate {
  readonly definition_hash: string;
}

/** Takes away runs that have ended. */
export class RetentionDAO {
  readonly #ended;
  readonly #half;
  readonly #forks;
  readonly #definitionOf;
  readonly #size;
  readonly #measure;
  readonly #artifactBytes;
  readonly #mark;
  readonly #cutJournal;
  readonly #newestEntries;
  readonly #parts;
  readonly #removeRun;
  readonly #hasDefinition;
  readonly #newestWith;
  readonly #removeDefinition;
  /** A run that has the definition: asked for by its id, that need not be looked for among all. */
  readonly #witnesses = new Map<string, string>();

  constructor(database: Database) {
    // By age, whatever the planner thinks: an order by another index would have to sort all runs for each page.
    this.#ended = database.prepare<[{ createdAt: number; runId: string; limit: number }]>(
      `SELECT run_id, workflow_id, status, created_at, finished_at FROM workflow_runs INDEXED BY workflow_runs_by_age
       WHERE (created_at, run_id) > (@createdAt, @runId) AND status IN ('completed', 'failed', 'cancelled')
       ORDER BY created_at, run_id LIMIT @limit`,
    );
    this.#half = database
      .prepare<[string], string>(
        "SELECT run_id FROM workflow_runs WHERE status = 'cancelled' AND error_code = ?",
      )
      .pluck();
    this.#forks = database
      .prepare<[string], string>("SELECT run_id FROM workflow_runs WHERE parent_run_id = ?")
      .pluck();
    this.#definitionOf = database.prepare<[string], Candidate>(
      "SELECT definition_hash FROM workflow_runs WHERE run_id = ?",
    );
    this.#size = database.prepare<[{ runId: string; most: number }], Size>(
      `SELECT count(*) AS rows, coalesce(sum(bytes), 0) AS bytes FROM (
         SELECT * FROM (SELECT octet_length(payload) AS bytes FROM workflow_events WHERE run_id = @runId LIMIT @most)
         UNION ALL SELECT * FROM (SELECT octet_length(payload) FROM workflow_checkpoints WHERE run_id = @runId LIMIT @most)
         UNION ALL SELECT * FROM (SELECT octet_length(text) FROM workflow_step_logs WHERE run_id = @runId LIMIT @most)
         UNION ALL SELECT * FROM (SELECT octet_length(argument) FROM workflow_commands WHERE run_id = @runId LIMIT @most))`,
    );
    // Beside its content a row has columns, ids and places in indexes; figures from the file of a run of many steps.
    this.#measure = database
      .prepare<[{ runId: string }], number>(
        `SELECT (SELECT 700 + octet_length(inputs) + octet_length(context) FROM workflow_runs WHERE run_id = @runId)
           + (SELECT coalesce(sum(octet_length(payload) + 220), 0) FROM workflow_events WHERE run_id = @runId)
           + (SELECT coalesce(sum(octet_length(payload) + 450), 0) FROM workflow_checkpoints WHERE run_id = @runId)
           + (SELECT coalesce(sum(octet_length(text) + 180), 0) FROM workflow_step_logs WHERE run_id = @runId)
           + (SELECT coalesce(sum(octet_length(a.content)), 0)
              FROM workflow_events e CROSS JOIN workflow_artifacts a ON a.sha256 = e.payload ->> '$.artifact'
              WHERE e.run_id = @runId AND e.type = 'step_completed' AND e.payload GLOB '{"artifact":*')`,
      )
      .pluck();
    this.#artifactBytes = database
      .prepare<[string, number], number>(
        `SELECT coalesce(sum(octet_length(a.content)), 0)
         FROM workflow_events e CROSS JOIN workflow_artifacts a ON a.sha256 = e.payload ->> '$.artifact'
         WHERE e.run_id = ? AND e.seq >= ? AND e.type = 'step_completed' AND e.payload GLOB '{"artifact":*'`,
      )
      .pluck();
    this.#mark = database.prepare<[string, string, string]>(
      "UPDATE workflow_runs SET state = 'cancelled', status = 'cancelled', error = ?, error_code = ? WHERE run_id = ?",
    );
    this.#newestEntries = database.prepare<[{ runId: string; most: number }], SizedRow>(
      `SELECT entry_id % 100000000 AS id, octet_length(payload) AS bytes FROM workflow_journal
       WHERE entry_id BETWEEN ${FIRST_KEY} AND ${LAST_KEY} ORDER BY entry_id DESC LIMIT @most`,
    );
    this.#cutJournal = {
      remove: database.prepare<[{ runId: string; from: number }]>(
        `DELETE FROM workflow_journal WHERE entry_id BETWEEN ${FIRST_KEY} + @from AND ${LAST_KEY}`,
      ),
      shorten: database.prepare<[number, string]>(
        "UPDATE workflow_runs SET journal_seq = ? WHERE run_id = ?",
      ),
    };
    // Checkpoints newest first, so that none is left without what it builds on.
    const part = (tableName: string, size: string, order: string) => ({
      rows: database.prepare<[string, number], SizedRow>(
        `SELECT rowid AS id, octet_length(${size}) AS bytes FROM ${tableName} WHERE run_id = ? ORDER BY ${order} LIMIT ?`,
      ),
      remove: database.prepare<[number]>(`DELETE FROM ${tableName} WHERE rowid = ?`),
    });
    this.#parts = [
      part("workflow_step_logs", "text", "log_id"),
      part("workflow_commands", "argument", "command_id"),
      part("workflow_checkpoints", "payload", "seq DESC, checkpoint_id DESC"),
    ];
    // Journal, checkpoints, logs and commands go with it.
    this.#removeRun = database.prepare<[string]>("DELETE FROM workflow_runs WHERE run_id = ?");
    this.#hasDefinition = database
      .prepare<[string, string], unknown>(
        "SELECT 1 FROM workflow_runs WHERE run_id = ? AND definition_hash = ?",
      )
      .pluck();
    this.#newestWith = database
      .prepare<[string], string>(
        "SELECT run_id FROM workflow_runs WHERE definition_hash = ? ORDER BY rowid DESC LIMIT 1",
      )
      .pluck();
    this.#removeDefinition = database.prepare<[string]>(
      "DELETE FROM workflow_definitions WHERE hash = ?",
    );
  }

  ended(after: Pick<EndedRun, "createdAt" | "runId"> | undefined, limit: number): EndedRun[] {
    return this.#ended
      .all({ createdAt: after?.createdAt ?? -1, runId: after?.runId ?? "", limit })
      .map((found) => {
        const row = new RowReader("workflow_runs", "run_id", found);
        return {
          runId: row.text("run_id"),
          workflowId: row.text("workflow_id"),
          status: row.oneOf("status", ENDED),
          createdAt: row.number("created_at"),
          finishedAt: row.number("finished_at"),
        };
      });
  }

  halfRemoved(): string[] {
    return this.#half.all(HALF_REMOVED);
  }

  forks(runId: string): string[] {
    return this.#forks.all(runId);
  }

  measure(runId: string): number {
    return this.#measure.get({ runId }) ?? 0;
  }

  /** Inside a transaction: as many of the runs, in this order, as are few rows. `read` gives a run, and refuses a damaged one. */
  remove(
    runIds: readonly string[],
    read: (runId: string) => StoredRun | undefined,
    isHeld: (owner: RunOwner, leaseUntil: number) => boolean,
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
      // To remove a definition SQLite looks through all runs for one that has it.
      if (removedDefinition) break;
      rows += size.rows + 1;
      bytes += size.bytes;
    }
    return removals;
  }

  #reasonToKeep(
    runId: string,
    read: (runId: string) => StoredRun | undefined,
    isHeld: (owner: RunOwner, leaseUntil: number) => boolean,
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
    if (run.owner !== undefined && isHeld(run.owner, run.leaseUntil ?? 0)) return "held";
    return this.#forks.get(runId) === undefined ? undefined : "forked";
  }

  #removeWhole(runId: string): boolean {
    const hash = this.#definitionOf.get(runId)?.definition_hash ?? "";
    this.#removeRun.run(runId);
    if (this.#isUsed(hash)) return false;
    return this.#removeDefinition.run(hash).changes > 0;
  }

  #isUsed(hash: string): boolean {
    const known = this.#witnesses.get(hash);
    if (known !== undefined && this.#hasDefinition.get(known, hash) !== undefined) return true;
    const found = this.#newestWith.get(hash);
    if (this.#witnesses.size >= MOST_WITNESSES) this.#witnesses.clear();
    if (found === undefined) this.#witnesses.delete(hash);
    else this.#witnesses.set(hash, found);
    return found !== undefined;
  }

  // What nothing follows from goes first, then the journal from its end: what is left always verifies.
  // Gives the bytes of large results that were named there.
  #removePart(runId: string): number {
    this.#mark.run("It is being removed; a part of it is gone.", HALF_REMOVED, runId);
    for (const { rows, remove } of this.#parts) {
      const some = upToBatch(rows.all(runId, BATCH_ROWS));
      for (const { id } of some) remove.run(id);
      if (some.length > 0) return 0;
    }
    const from = upToBatch(this.#newestEntries.all({ runId, most: BATCH_ROWS })).at(-1)?.id ?? 1;
    const artifactBytes = this.#artifactBytes.get(runId, from) ?? 0;
    this.#cutJournal.remove.run({ runId, from });
    this.#cutJournal.shorten.run(from - 1, runId);
    return artifactBytes;
  }
}

/** The first of them that are within one batch; one at least. */
function upToBatch(rows: readonly SizedRow[]): readonly SizedRow[] {
  let bytes = 0;
  const end = rows.findIndex((row) => {
    bytes += row.bytes;
    return bytes > BATCH_BYTES;
  });
  return end === -1 ? rows : rows.slice(0, Math.max(1, end));
}
