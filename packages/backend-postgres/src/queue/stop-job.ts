import type { QueueDatabase } from "./QueueDatabase.js";
import { JOB_SCHEMA } from "./queue-tables.js";

/** An attempt to end. */
export interface StopRequest {
  readonly jobId: string;
  readonly queue: string;
  /** `cancelled` if the run was cancelled; the agent receives this reason. */
  readonly reason: "cancelled" | "interrupted";
  readonly explanation?: string | undefined;
}

/**
 * Asks for the end of an attempt. One that has not begun is withdrawn and never begins; the worker
 * of one that has begun stops its agent and leaves the outcome. Returns whether it had begun.
 */
export async function stopJob(database: QueueDatabase, request: StopRequest): Promise<boolean> {
  const { jobId, queue, reason, explanation } = request;
  await database.query(
    `INSERT INTO axw_queue.stops (job_id, reason, explanation) VALUES ($1, $2, $3)
     ON CONFLICT (job_id) DO NOTHING`,
    [jobId, reason, explanation === undefined ? null : JSON.stringify(explanation)],
  );
  const hasBegun = await database.inTransaction(async (db) => {
    // A worker skips a locked row.
    const found = await db.executeSql(
      `SELECT state < 'active' AS "isWaiting" FROM ${JOB_SCHEMA}.job
       WHERE name = $1 AND id = $2 FOR UPDATE`,
      [queue, jobId],
    );
    const [job] = found.rows as { readonly isWaiting: boolean }[];
    if (job?.isWaiting === true) await database.boss.cancel(queue, jobId, { db });
    return job?.isWaiting === false;
  });
  if (hasBegun) database.announce("stop", [jobId]);
  return hasBegun;
}
