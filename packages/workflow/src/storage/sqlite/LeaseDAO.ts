import { WorkflowError } from "../../errors.js";
import type { LeaseAnswer, RunOwner, StoragePort } from "../StoragePort.js";
import type { Database } from "./open-database.js";

interface LeaseRow {
  owner_id: string | null;
  owner_host: string | null;
  owner_pid: number | null;
  owner_process_start: string | null;
  lease_until: number | null;
  lease_epoch: number;
}

/** Who may write a run's journal: one engine at a time, known by the epoch under which it took the run. */
export class LeaseDAO {
  readonly #get;
  readonly #epoch;
  readonly #take;
  readonly #renew;
  readonly #release;

  constructor(database: Database) {
    this.#get = database.prepare<[string], LeaseRow>(
      "SELECT owner_id, owner_host, owner_pid, owner_process_start, lease_until, lease_epoch FROM workflow_runs WHERE run_id = ?",
    );
    this.#epoch = database.prepare<[string], number>("SELECT lease_epoch FROM workflow_runs WHERE run_id = ?").pluck();
    this.#take = database.prepare(
      `UPDATE workflow_runs SET owner_id = ?, owner_host = ?, owner_pid = ?, owner_process_start = ?, lease_until = ?, lease_epoch = lease_epoch + 1
       WHERE run_id = ?`,
    );
    this.#renew = database.prepare("UPDATE workflow_runs SET lease_until = ? WHERE owner_id = ?");
    this.#release = database.prepare(
      `UPDATE workflow_runs SET owner_id = NULL, owner_host = NULL, owner_pid = NULL, owner_process_start = NULL, lease_until = NULL
       WHERE run_id = ? AND lease_epoch = ?`,
    );
  }

  /** Called inside a transaction, so that no other process takes the run in between. */
  acquire({ runId, owner, now, leaseUntil, isDead }: Parameters<StoragePort["acquireLease"]>[0]): LeaseAnswer {
    const row = this.#get.get(runId);
    if (row === undefined) throw new WorkflowError("run_not_found", `There is no run ${runId}.`, { runId });
    const holder = holderOf(row);
    const until = row.lease_until ?? 0;
    if (holder !== undefined && holder.ownerId !== owner.ownerId && until >= now && !isDead(holder)) {
      return { held: false, owner: holder, leaseUntil: until };
    }
    this.#take.run(owner.ownerId, owner.host, owner.pid, owner.processStart, leaseUntil, runId);
    return { held: true, leaseEpoch: row.lease_epoch + 1 };
  }

  /** Fencing: an engine that lost a run to another must not write it. `lease_lost`. */
  check(runId: string, leaseEpoch: number): void {
    const epoch = this.#epoch.get(runId);
    if (epoch === leaseEpoch) return;
    throw new WorkflowError(
      "lease_lost",
      `Run ${runId} was taken over by another engine (epoch ${epoch ?? "?"}, ours was ${leaseEpoch}).`,
      {
        runId,
        remedy: "Nothing is to be done: the other engine goes on with it, and what this one still did is not recorded.",
      },
    );
  }

  renew(ownerId: string, leaseUntil: number): void {
    this.#renew.run(leaseUntil, ownerId);
  }

  release(runId: string, leaseEpoch: number): void {
    this.#release.run(runId, leaseEpoch);
  }
}

function holderOf(row: LeaseRow): RunOwner | undefined {
  const { owner_id: ownerId, owner_host: host, owner_pid: pid, owner_process_start: processStart } = row;
  if (ownerId === null || host === null || pid === null) return undefined;
  return { ownerId, host, pid, processStart: processStart ?? "" };
}
