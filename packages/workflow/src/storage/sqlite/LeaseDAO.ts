import { WorkflowError } from "../../errors.js";
import type { LeaseResult, RunOwner, StoragePort } from "../StoragePort.js";
import type { Database } from "./open-database.js";
import { RowReader } from "./RowReader.js";

/** Who may write a run's journal: one engine at a time, known by the epoch under which it took the run. */
export class LeaseDAO {
  readonly #get;
  readonly #epoch;
  readonly #take;
  readonly #renew;
  readonly #release;
  readonly #noteFailure;
  readonly #forgetFailures;

  constructor(database: Database) {
    this.#get = database.prepare<[string]>(
      `SELECT run_id, owner_id, owner_host, owner_pid, owner_process_start, lease_until, lease_epoch FROM workflow_runs WHERE run_id = ?`,
    );
    this.#epoch = database
      .prepare<[string], number>(
        "SELECT iif(owner_id IS NULL, -lease_epoch, lease_epoch) FROM workflow_runs WHERE run_id = ?",
      )
      .pluck();
    this.#take = database.prepare<[string, string, number, string, number, number, string]>(
      `UPDATE workflow_runs SET owner_id = ?, owner_host = ?, owner_pid = ?, owner_process_start = ?, lease_until = ?, lease_epoch = lease_epoch + 1,
         failed_recoveries = iif(?, failed_recoveries + 1, 0), recovery_error = NULL
       WHERE run_id = ?`,
    );
    this.#renew = database.prepare<[number, string, string]>(
      "UPDATE workflow_runs SET lease_until = ? WHERE owner_id = ? AND run_id IN (SELECT value FROM json_each(?))",
    );
    this.#release = database.prepare<[string, number]>(
      `UPDATE workflow_runs SET owner_id = NULL, owner_host = NULL, owner_pid = NULL, owner_process_start = NULL, lease_until = NULL
       WHERE run_id = ? AND lease_epoch = ?`,
    );
    this.#noteFailure = database.prepare<[number, string, string]>(
      "UPDATE workflow_runs SET failed_recoveries = max(failed_recoveries, ?), recovery_error = ? WHERE run_id = ?",
    );
    this.#forgetFailures = database.prepare<[string]>(
      "UPDATE workflow_runs SET failed_recoveries = 0 WHERE run_id = ?",
    );
  }

  /** Inside a transaction, so that no other process takes the run in between. Every taking is a new epoch, our own run's too. */
  acquire({
    runId,
    owner,
    now,
    leaseUntil,
    isDead,
    isRecovery = false,
  }: Parameters<StoragePort["acquireLease"]>[0]): LeaseResult {
    const found = this.#get.get(runId);
    if (found === undefined) throw notFound(runId);
    const row = new RowReader("workflow_runs", "run_id", found);
    const holder = ownerOf(row);
    if (holder !== undefined && holder.ownerId !== owner.ownerId) {
      const until = row.number("lease_until");
      if (until >= now && !isDead(holder)) return { held: false, owner: holder, leaseUntil: until };
    }
    this.#take.run(
      owner.ownerId,
      owner.host,
      owner.pid,
      owner.processStart,
      leaseUntil,
      isRecovery ? 1 : 0,
      runId,
    );
    return { held: true, leaseEpoch: row.count("lease_epoch", 1) + 1 };
  }

  /** Fencing: an engine that lost a run to another, or gave it back, must not write it. `run_not_found`, `lease_lost`. */
  check(runId: string, leaseEpoch: number): void {
    const epoch = this.#epoch.get(runId);
    if (epoch === leaseEpoch) return;
    if (epoch === undefined) throw notFound(runId);
    const what =
      epoch === -leaseEpoch
        ? "was given back"
        : `was taken over by another engine (epoch ${Math.abs(epoch)}, ours was ${leaseEpoch})`;
    throw new WorkflowError("lease_lost", `Run ${runId} ${what}.`, {
      runId,
      remedy:
        "Nothing is to be done: whoever holds it goes on with it, and what this engine still did is not recorded.",
    });
  }

  renew(ownerId: string, runIds: readonly string[], leaseUntil: number): void {
    this.#renew.run(leaseUntil, ownerId, JSON.stringify(runIds));
  }

  recordFailedRecovery(runId: string, failedRecoveries: number, error: string): void {
    this.#noteFailure.run(failedRecoveries, error, runId);
  }

  forgetFailedRecoveries(runId: string): void {
    this.#forgetFailures.run(runId);
  }

  release(runId: string, leaseEpoch: number): void {
    this.#release.run(runId, leaseEpoch);
  }
}

/** The owner that a run's row names. */
export function ownerOf(row: RowReader): RunOwner | undefined {
  if (row.isEmpty("owner_id")) return undefined;
  return {
    ownerId: row.text("owner_id"),
    host: row.text("owner_host"),
    pid: row.count("owner_pid", 0),
    processStart: row.text("owner_process_start"),
  };
}

function notFound(runId: string): WorkflowError {
  return new WorkflowError("run_not_found", `There is no run ${runId}.`, {
    runId,
    remedy: "`axw list` shows the runs that there are.",
  });
}
