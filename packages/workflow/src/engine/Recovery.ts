import { asWorkflowError, ERROR_KINDS, WorkflowError } from "../errors.js";
import { isQuarantined } from "../storage/quarantine.js";
import type { StoragePort, StoredRun } from "../storage/StoragePort.js";
import type { RunHandle } from "./RunHandle.js";

/** The result of recovering the runs whose engines had died. */
export interface Recovered {
  /** Handles of the runs that were resumed. */
  readonly handles: readonly RunHandle[];
  /**
   * Ids of the runs whose last recovery ended without an outcome. They are resumed one at a time,
   * after the others have made progress. `waitForCompletion` already accepts them.
   */
  readonly suspects: readonly string[];
  /**
   * Why each of the other runs was skipped: it is damaged or quarantined, or this engine lacks one
   * of its agents.
   */
  readonly problems: readonly WorkflowError[];
}

export interface RecoveryOptions {
  readonly storage: StoragePort;
  /** Returns whether the run is unfinished and no living engine owns it. */
  readonly isOrphaned: (run: StoredRun) => boolean;
  readonly resume: (runId: string) => Promise<RunHandle>;
  /** Settles when every recovered run has recorded an outcome or is no longer active. */
  readonly untilProven: () => Promise<unknown>;
  readonly isStopping: () => boolean;
}

/**
 * Resumes orphaned runs in an order that prevents a run that kills its engine from blocking the
 * others.
 */
export class Recovery {
  readonly #options: RecoveryOptions;
  readonly #queued = new Map<string, PromiseWithResolvers<RunHandle | undefined>>();

  constructor(options: RecoveryOptions) {
    this.#options = options;
  }

  /** A queued suspect; settles with undefined if another engine claimed the run first. */
  queued(runId: string): Promise<RunHandle | undefined> | undefined {
    return this.#queued.get(runId)?.promise;
  }

  /** Resumes the orphaned runs among these; settles before the suspects are tried. */
  async start(running: readonly StoredRun[]): Promise<Recovered> {
    const runs = running.filter(this.#options.isOrphaned);
    const problems = runs.filter(isQuarantined).map(quarantined);
    const handles: RunHandle[] = [];
    for (const run of runs.filter(({ failedRecoveries }) => failedRecoveries === 0)) {
      const resumed = await this.#resume(run);
      if (resumed instanceof WorkflowError) problems.push(resumed);
      else if (resumed !== undefined) handles.push(resumed);
    }
    const suspects = runs
      .filter((run) => run.failedRecoveries > 0 && !isQuarantined(run))
      .sort((a, b) => a.failedRecoveries - b.failedRecoveries);
    for (const { runId } of suspects) {
      if (this.#queued.has(runId)) continue;
      const turn = Promise.withResolvers<RunHandle | undefined>();
      turn.promise.catch(() => undefined);
      this.#queued.set(runId, turn);
    }
    void this.#resumeOneByOne(suspects);
    return { handles, problems, suspects: suspects.map(({ runId }) => runId) };
  }

  async #resumeOneByOne(suspects: readonly StoredRun[]): Promise<void> {
    for (const run of suspects) {
      await this.#options.untilProven();
      const resumed = this.#options.isStopping() ? closed(run) : await this.#resume(run);
      const turn = this.#queued.get(run.runId);
      this.#queued.delete(run.runId);
      if (resumed instanceof WorkflowError) turn?.reject(resumed);
      else turn?.resolve(resumed);
    }
  }

  async #resume(run: StoredRun): Promise<RunHandle | WorkflowError | undefined> {
    try {
      // Read again: another engine may have ended or paused this run while others were being
      // resumed.
      const now = this.#options.storage.getRun(run.runId);
      if (now === undefined || !this.#options.isOrphaned(now)) return undefined;
      return await this.#options.resume(run.runId);
    } catch (cause) {
      const error = asWorkflowError(cause, run.runId);
      if (ERROR_KINDS[error.code].quarantines) this.#recordFailure(run, error);
      return error;
    }
  }

  #recordFailure({ runId, failedRecoveries }: StoredRun, { message }: WorkflowError): void {
    try {
      this.#options.storage.recordFailedRecovery(runId, failedRecoveries + 1, message);
    } catch {
      // The database is at fault, not the run: the try is not counted, and the error is reported.
    }
  }
}

function quarantined({ runId, failedRecoveries, recoveryError }: StoredRun): WorkflowError {
  const why = recoveryError ?? "its engine died each time.";
  return new WorkflowError(
    "run_quarantined",
    `Run ${runId} is skipped after ${failedRecoveries} failed recoveries: ${why}`,
    {
      runId,
      remedy:
        "Find the cause: read the run's events and verify the database. Then resume the run by " +
        "its id.",
    },
  );
}

function closed({ runId }: StoredRun): WorkflowError {
  const message = `The engine was closed before it could resume run ${runId}.`;
  return new WorkflowError("engine_closed", message, { runId });
}
