import { executedByBackend } from "../backend-run.js";
import { leaseLost, ownerOf, runNotFound } from "../lease-row.js";
import { RowReader } from "../RowReader.js";
import type { LeaseResult, StoragePort } from "../StoragePort.js";
import type { Database } from "./open-database.js";

/** Leases: which engine may write a run's journal, under the epoch in which it claimed the run. */
export class LeaseDAO {
  readonly #get;
  readonly #epoch;
  readonly #claim;
  readonly #renew;
  readonly #release;
  readonly #recordFailedRecovery;
  readonly #withdrawFailedRecovery;
  readonly #clearFailedRecoveries;

  constructor(database: Database) {
    this.#get = database.prepare<[string]>(
      `SELECT run_id, owner_id, owner_host, owner_pid, owner_process_start, owner_machine,
         lease_until, lease_epoch, backend
       FROM workflow_runs WHERE run_id = ?`,
    );
    this.#epoch = database
      .prepare<[string], number>(
        `SELECT iif(owner_id IS NULL, -lease_epoch, lease_epoch)
         FROM workflow_runs WHERE run_id = ?`,
      )
      .pluck();
    this.#claim = database.prepare<
      [string, string, number, string, string | null, number, number, string]
    >(
      `UPDATE workflow_runs SET
         owner_id = ?, owner_host = ?, owner_pid = ?, owner_process_start = ?, owner_machine = ?,
         lease_until = ?,
         lease_epoch = lease_epoch + 1, backend = NULL,
         failed_recoveries = iif(?, failed_recoveries + 1, 0), recovery_error = NULL
       WHERE run_id = ?`,
    );
    this.#renew = database
      .prepare<[number, string, string], string>(
        `UPDATE workflow_runs SET lease_until = ?
         WHERE owner_id = ? AND run_id IN (SELECT value FROM json_each(?))
         RETURNING run_id`,
      )
      .pluck();
    this.#release = database.prepare<[string, number]>(
      `UPDATE workflow_runs SET owner_id = NULL, owner_host = NULL, owner_pid = NULL,
         owner_process_start = NULL, owner_machine = NULL, lease_until = NULL,
         failed_recoveries = max(0, failed_recoveries - 1)
       WHERE run_id = ? AND lease_epoch = ? AND owner_id IS NOT NULL`,
    );
    this.#recordFailedRecovery = database.prepare<[number, string, string]>(
      `UPDATE workflow_runs SET failed_recoveries = max(failed_recoveries, ?), recovery_error = ?
       WHERE run_id = ?`,
    );
    this.#withdrawFailedRecovery = database.prepare<[string, number]>(
      `UPDATE workflow_runs SET failed_recoveries = failed_recoveries - 1
       WHERE run_id = ? AND lease_epoch > ? AND failed_recoveries > 0`,
    );
    this.#clearFailedRecoveries = database.prepare<[string]>(
      "UPDATE workflow_runs SET failed_recoveries = 0 WHERE run_id = ?",
    );
  }

  /**
   * Must be called inside a transaction, so that no other process claims the run between the check
   * and the update. Every claim starts a new epoch, even if the owner already owns the run.
   */
  acquire({
    runId,
    owner,
    now,
    leaseUntil,
    isDead,
    expired,
    isRecovery = false,
    adopts = false,
  }: Parameters<StoragePort["acquireLease"]>[0]): LeaseResult {
    const found = this.#get.get(runId);
    if (found === undefined) throw runNotFound(runId);
    const row = new RowReader("workflow_runs", "run_id", found);
    const copy = { runId, ...row.optionalText("backend", "backend") };
    if (copy.backend !== undefined && !adopts) throw executedByBackend(copy, "claim");
    const holder = ownerOf(row);
    if (holder !== undefined && holder.ownerId !== owner.ownerId) {
      const until = row.number("lease_until");
      const isUnchanged =
        expired?.leaseUntil === until && expired.leaseEpoch === row.count("lease_epoch", 1);
      if (!(until < now && isUnchanged) && !isDead(holder))
        return { held: false, owner: holder, leaseUntil: until };
    }
    this.#claim.run(
      owner.ownerId,
      owner.host,
      owner.pid,
      owner.processStart,
      owner.machine ?? null,
      leaseUntil,
      isRecovery ? 1 : 0,
      runId,
    );
    return {
      held: true,
      leaseEpoch: row.count("lease_epoch", 1) + 1,
      ...(holder !== undefined && { previousOwner: holder }),
    };
  }

  /**
   * Fencing: refuses a write by an engine that released the run or lost it to another engine.
   * Throws `run_not_found` or `lease_lost`.
   */
  check(runId: string, leaseEpoch: number): void {
    const epoch = this.#epoch.get(runId);
    if (epoch === leaseEpoch) return;
    if (epoch === undefined) throw runNotFound(runId);
    throw leaseLost(runId, epoch, leaseEpoch);
  }

  renew(ownerId: string, runIds: readonly string[], leaseUntil: number): readonly string[] {
    return this.#renew.all(leaseUntil, ownerId, JSON.stringify(runIds));
  }

  recordFailedRecovery(runId: string, failedRecoveries: number, error: string): void {
    this.#recordFailedRecovery.run(failedRecoveries, error, runId);
  }

  withdrawFailedRecovery(runId: string, leaseEpoch: number): void {
    this.#withdrawFailedRecovery.run(runId, leaseEpoch);
  }

  clearFailedRecoveries(runId: string): void {
    this.#clearFailedRecoveries.run(runId);
  }

  release(runId: string, leaseEpoch: number): void {
    this.#release.run(runId, leaseEpoch);
  }
}
