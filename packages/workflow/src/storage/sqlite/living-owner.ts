import { WorkflowError } from "../../errors.js";
import { isOwnerDead } from "../process-identity.js";
import type { Database } from "./open-database.js";

/** The columns of a lease that every version has. */
interface LeaseRow {
  readonly run_id: string;
  readonly owner_id: string;
  readonly owner_host: string;
  readonly owner_pid: number;
  readonly owner_process_start: string;
  readonly lease_until: number;
}

const LEASES = `SELECT run_id, owner_id, owner_host, owner_pid, owner_process_start, lease_until
  FROM workflow_runs WHERE owner_id IS NOT NULL ORDER BY run_id`;

/**
 * Throws `run_owned_elsewhere` if a living process owns a run in a database of an older version.
 */
export function assertNoLivingOwner(database: Database, path: string): void {
  const now = Date.now();
  for (const row of database.prepare<[], LeaseRow>(LEASES).all()) {
    const owner = {
      ownerId: row.owner_id,
      host: row.owner_host,
      pid: row.owner_pid,
      processStart: row.owner_process_start,
    };
    // A suspended process is not dead: it would continue in tables that it does not know.
    if (isOwnerDead(owner) ?? row.lease_until < now) continue;
    throw new WorkflowError(
      "run_owned_elsewhere",
      `The tables of ${path} are of an older version, and process ${owner.pid} on ${owner.host} ` +
        `is running ${row.run_id} in them. Nothing was changed.`,
      {
        runId: row.run_id,
        remedy:
          "Wait until that run has ended, or pause it with the version that runs it, then try " +
          "again.",
      },
    );
  }
}
