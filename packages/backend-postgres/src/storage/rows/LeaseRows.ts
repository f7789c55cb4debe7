import {
  executedByBackend,
  type LeaseResult,
  ownerOf,
  RowReader,
  runNotFound,
  type StoragePort,
  WITHDRAWN,
} from "@automatosx/workflow/storage";
import { notificationText } from "../connection/notification.js";
import type { Sql, Statement } from "../connection/Statement.js";
import { leaseUntil } from "./RunRows.js";

const HOLDER = `
  SELECT run_id, owner_id, owner_host, owner_pid, owner_process_start, owner_machine, lease_epoch,
    backend, lease_until, lease_expires, axw.now_ms() AS database_now
  FROM axw.workflow_runs WHERE run_id = $1`;

// Only if the lease is still the one that was read, which may have been renewed since: $10 says
// whether it must have expired. The commands were sent to the previous owner.
const CLAIM = `
  WITH claimed AS (
    UPDATE axw.workflow_runs SET
      owner_id = $2, owner_host = $3, owner_pid = $4, owner_process_start = $5, owner_machine = $6,
      lease_until = $7, lease_expires = axw.now_ms() + ($7::float8 - $8::float8),
      lease_epoch = lease_epoch + 1, backend = NULL, recovery_error = NULL,
      failed_recoveries = CASE WHEN $9::boolean THEN failed_recoveries + 1 ELSE 0 END
    WHERE run_id = $1 AND (backend IS NULL OR $14::boolean) AND lease_epoch = $11
      AND owner_id IS NOT DISTINCT FROM $12
      AND (NOT $10::boolean OR lease_expires < axw.now_ms())
    RETURNING run_id, lease_epoch),
  withdrawn AS (
    UPDATE axw.workflow_commands command SET answer = $13, answered_at = $8, argument = '{}'
    FROM claimed WHERE command.run_id = claimed.run_id AND command.answer IS NULL)
  SELECT lease_epoch FROM claimed`;

const RENEW = `
  UPDATE axw.workflow_runs SET lease_until = $1,
    lease_expires = axw.now_ms() + ($1::float8 - $2::float8)
  WHERE owner_id = $3 AND run_id = ANY ($4::text[]) RETURNING run_id`;

// Another engine may claim the run at once.
const RELEASE = `
  WITH released AS (
    UPDATE axw.workflow_runs SET owner_id = NULL, owner_host = NULL, owner_pid = NULL,
      owner_process_start = NULL, owner_machine = NULL, lease_until = NULL, lease_expires = NULL,
      failed_recoveries = greatest(failed_recoveries - 1, 0)
    WHERE run_id = $1 AND lease_epoch = $2 AND owner_id IS NOT NULL RETURNING run_id)
  SELECT pg_notify('axw', $3) FROM released`;

/** Leases: which engine may write a run's journal. They expire by the clock of the database. */
export class LeaseRows {
  readonly #sql: Sql;
  readonly #now: () => number;
  readonly #writerId: string;

  constructor(sql: Sql, now: () => number, writerId: string) {
    this.#sql = sql;
    this.#now = now;
    this.#writerId = writerId;
  }

  /** See `StoragePort`. A claim whose answer is lost can be repeated: the owner is then the same. */
  acquire(request: Parameters<StoragePort["acquireLease"]>[0]): LeaseResult {
    const { runId, owner, now, leaseUntil: until, isDead, expired, isRecovery = false } = request;
    const { adopts = false } = request;
    for (;;) {
      const [found] = this.#sql(HOLDER, [runId]);
      if (found === undefined) throw runNotFound(runId);
      const row = new RowReader("workflow_runs", "run_id", found);
      const copy = { runId, ...row.optionalText("backend", "backend") };
      if (copy.backend !== undefined && !adopts) throw executedByBackend(copy, "claim");
      const holder = ownerOf(row);
      const epoch = row.count("lease_epoch", 1);
      let mustHaveExpired = false;
      if (holder !== undefined && holder.ownerId !== owner.ownerId && !isDead(holder)) {
        const hasExpired = row.number("lease_expires") < row.number("database_now");
        if (!hasExpired || expired?.leaseEpoch !== epoch)
          return { held: false, owner: holder, leaseUntil: leaseUntil(found, now) ?? 0 };
        mustHaveExpired = true;
      }
      const [claimed] = this.#sql(CLAIM, [
        ...[runId, owner.ownerId, owner.host, owner.pid, owner.processStart],
        ...[owner.machine ?? null, until, now, isRecovery, mustHaveExpired],
        ...[epoch, holder?.ownerId ?? null, WITHDRAWN, adopts],
      ]);
      // Another engine was faster, or the owner has renewed its lease.
      if (claimed === undefined) continue;
      return {
        held: true,
        leaseEpoch: claimed["lease_epoch"] as number,
        ...(holder !== undefined && { previousOwner: holder }),
      };
    }
  }

  /** Returns the ids of the runs that the owner still has. */
  renewal(ownerId: string, runIds: readonly string[], until: number): Statement {
    // One order of row locks, as in a commit.
    return { text: RENEW, values: [until, this.#now(), ownerId, runIds.toSorted()] };
  }

  release(runId: string, leaseEpoch: number): void {
    const writerId = this.#writerId;
    this.#sql(RELEASE, [runId, leaseEpoch, notificationText({ writerId, mayBeClaimable: true })]);
  }

  withdrawFailedRecovery(runId: string, leaseEpoch: number): void {
    this.#sql(
      `UPDATE axw.workflow_runs SET failed_recoveries = failed_recoveries - 1
       WHERE run_id = $1 AND lease_epoch > $2 AND failed_recoveries > 0`,
      [runId, leaseEpoch],
    );
  }

  recordFailedRecovery(runId: string, failedRecoveries: number, error: string): void {
    this.#sql(
      `UPDATE axw.workflow_runs SET failed_recoveries = greatest(failed_recoveries, $1),
         recovery_error = $2 WHERE run_id = $3`,
      [failedRecoveries, error, runId],
    );
  }
}
