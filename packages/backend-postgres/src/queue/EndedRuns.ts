import { attemptKey } from "@automatosx/workflow";
import type { AttemptRequest } from "@automatosx/workflow/drive";
import type { QueueDatabase } from "./QueueDatabase.js";

/** What identifies an attempt and its run. */
type AttemptOfRun = Pick<AttemptRequest, "runId" | "stepId" | "attemptNumber" | "idempotencyKey">;

interface EndedRow {
  readonly runId: string;
  readonly createdAt: number;
}

// A run that has an owner is left to it: the owner stops the attempts itself, and says why.
const ENDED = `
  SELECT run_id AS "runId", created_at AS "createdAt" FROM axw.workflow_runs
  WHERE run_id = ANY($1) AND status IN ('cancelled', 'completed', 'failed') AND backend IS NULL
    AND (owner_id IS NULL OR lease_expires < axw.now_ms())`;

/**
 * Finds the attempts of runs that have ended without an engine that stops them: cancelled by a
 * process that does not know the queue, say. Only for runs that are stored in the same database.
 */
export class EndedRuns {
  readonly #database: Pick<QueueDatabase, "query">;
  #hasRuns = false;

  constructor(database: Pick<QueueDatabase, "query">) {
    this.#database = database;
  }

  /** Returns the idempotency keys of those attempts whose runs have ended. */
  async among(attempts: readonly AttemptOfRun[]): Promise<ReadonlySet<string>> {
    if (attempts.length === 0 || !(await this.#mayHaveRuns())) return new Set();
    const runIds = [...new Set(attempts.map(({ runId }) => runId))];
    const rows = await this.#database.query<EndedRow>(ENDED, [runIds]);
    const ended = new Map(rows.map((row) => [row.runId, row]));
    return new Set(
      attempts.flatMap(({ runId, stepId, attemptNumber, idempotencyKey }) => {
        const run = ended.get(runId);
        // An engine on another database may have a run of this id; the key tells them apart.
        const isOfRun =
          run !== undefined && attemptKey(run, stepId, attemptNumber) === idempotencyKey;
        return isOfRun ? [idempotencyKey] : [];
      }),
    );
  }

  // The engines of a queue may have their runs in another database.
  async #mayHaveRuns(): Promise<boolean> {
    if (this.#hasRuns) return true;
    const [row] = await this.#database.query<{ readonly hasRuns: boolean }>(
      `SELECT to_regclass('axw.workflow_runs') IS NOT NULL AS "hasRuns"`,
    );
    this.#hasRuns = row?.hasRuns === true;
    return this.#hasRuns;
  }
}
