import type { StepAttemptRow } from "../StoragePort.js";
import type { Database } from "./open-database.js";
import { LIST_ATTEMPTS, LIST_STEPS } from "./run-queries.js";
import { type RunStepRow, type RunSummaryRow, toAttempt, toStep, toSummary } from "./view-row.js";

/**
 * What the views of the database derive from the journal of a run. To prepare a statement over a
 * view takes as long as to prepare all other statements together.
 */
export class RunViewDAO {
  readonly #attempts;
  readonly #steps;
  readonly #summary;

  constructor(database: Database) {
    this.#attempts = database.prepare<[string, { stepId: string | null }]>(LIST_ATTEMPTS);
    this.#steps = database.prepare<[string]>(LIST_STEPS);
    this.#summary = database.prepare<[string]>(
      "SELECT * FROM workflow_run_summary WHERE run_id = ?",
    );
  }

  /** The steps of a run, in the order of the definition. */
  steps(runId: string): RunStepRow[] {
    return this.#steps.all(runId).map(toStep);
  }

  /** The attempts of a run, or of one of its steps, in the order in which they started. */
  attempts(runId: string, stepId?: string): StepAttemptRow[] {
    return this.#attempts.all(runId, { stepId: stepId ?? null }).map(toAttempt);
  }

  /** The counts of a run. */
  summary(runId: string): RunSummaryRow | undefined {
    const found = this.#summary.get(runId);
    return found === undefined ? undefined : toSummary(found);
  }
}
