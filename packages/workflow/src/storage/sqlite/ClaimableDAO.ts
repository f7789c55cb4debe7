import { ownerOf } from "../lease-row.js";
import { RowReader } from "../RowReader.js";
import { toListedRun } from "../run-row.js";
import type { RunOwner, StoredRun } from "../StoragePort.js";
import type { Database } from "./open-database.js";
import { COLUMNS, DEFINITION_OF_RUN } from "./run-queries.js";

interface Parameters {
  readonly now: number;
  readonly limit: number;
  /** The ids of owners that are dead, as a JSON array. */
  readonly dead: string;
}

/** What is true of every run that an engine may claim. */
const IS_FREE = `run.backend IS NULL AND (run.owner_id IS NULL OR run.lease_until < @now
  OR run.owner_id IN (SELECT value FROM json_each(@dead)))`;

const IS_WOKEN = "run.status = 'paused' AND run.pause_reason = 'waiting' AND run.wake_at <= @now";

/**
 * Finds runs by indices that are searched, so that the time depends on the runs in progress and not
 * on those that have ended. Their rows decide: a damaged index can only hide a run here, which
 * `listRuns` still finds.
 */
const LIST_CLAIMABLE = `
  WITH chosen AS MATERIALIZED (
    SELECT * FROM (
      SELECT run.run_number FROM workflow_runs run INDEXED BY workflow_runs_by_status
      WHERE run.status = 'running' AND ${IS_FREE}
      ORDER BY run.created_at, run.run_number LIMIT @limit)
    UNION
    SELECT * FROM (
      SELECT run.run_number FROM workflow_runs run INDEXED BY workflow_runs_by_wake
      WHERE ${IS_WOKEN} AND ${IS_FREE}
      ORDER BY run.created_at, run.run_number LIMIT @limit))
  SELECT ${COLUMNS} FROM chosen CROSS JOIN workflow_runs run USING (run_number)
    ${DEFINITION_OF_RUN}
  WHERE (+run.status = 'running' OR (${IS_WOKEN})) AND ${IS_FREE}
  ORDER BY run.created_at, run.run_number LIMIT @limit`;

const LIST_OWNERS = `
  SELECT owner_id, owner_host, owner_pid, owner_process_start, owner_machine
  FROM workflow_runs INDEXED BY workflow_runs_held
  WHERE owner_id IS NOT NULL GROUP BY owner_id`;

/** The runs that an engine may have to work on. */
export class ClaimableDAO {
  readonly #list;
  readonly #owners;

  constructor(database: Database) {
    this.#list = database.prepare<[Parameters]>(LIST_CLAIMABLE);
    this.#owners = database.prepare<[]>(LIST_OWNERS);
  }

  /** Oldest first. A run whose row fails its checks is left out. */
  list(now: number, limit: number, isDead: (owner: RunOwner) => boolean): StoredRun[] {
    const dead = this.#readOwners()
      .filter(isDead)
      .map(({ ownerId }) => ownerId);
    return this.#list
      .all({ now, limit, dead: JSON.stringify(dead) })
      .map(toListedRun)
      .filter(({ damage }) => damage === undefined);
  }

  #readOwners(): RunOwner[] {
    return this.#owners.all().flatMap((found) => {
      try {
        return ownerOf(new RowReader("workflow_runs", "owner_id", found)) ?? [];
      } catch {
        // A damaged owner is not known to be dead.
        return [];
      }
    });
  }
}
