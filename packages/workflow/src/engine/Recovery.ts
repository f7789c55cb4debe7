import { asWorkflowError, ERROR_KINDS, WorkflowError } from "../errors.js";
import { isQuarantined } from "../storage/quarantine.js";
import type { StoragePort, StoredRun } from "../storage/StoragePort.js";
import type { RunHandle } from "./RunHandle.js";
import { unlessBusy } from "./when-answered.js";

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
   * Ids of the runs whose lease has expired, but whose owner is not known to be dead: its process
   * may be suspended. Each is resumed after two thirds of `leaseMs` (20 seconds by default), unless
   * its owner renews the lease. Always empty on a storage without that grace.
   * `waitForCompletion` already accepts them.
   */
  readonly waiting: readonly string[];
  /**
   * Why each of the other runs was skipped: it is damaged or quarantined, or this engine lacks one
   * of its agents.
   */
  readonly problems: readonly WorkflowError[];
}

export interface RecoveryOptions {
  readonly storage: StoragePort;
  /** Returns whether the run has something to do and no living engine owns it. */
  readonly isOrphaned: (run: StoredRun) => boolean;
  /** Returns whether the lease of an orphaned run has expired and is not confirmed yet. */
  readonly mustWatch: (run: StoredRun) => boolean;
  /** Settles when the lease of the run is confirmed, unless it has changed. */
  readonly whenConfirmed: (run: StoredRun) => Promise<void>;
  /** With `isRecovery`, the claim counts as a failed recovery until an outcome is recorded. */
  readonly resume: (runId: string, isRecovery: boolean) => Promise<RunHandle>;
  /** Settles when every recovered run has recorded an outcome or is no longer active. */
  readonly untilProven: () => Promise<unknown>;
  readonly isStopping: () => boolean;
}

/** The result of resuming one run; undefined if another engine claimed or ended the run first. */
type Resumed = RunHandle | WorkflowError | undefined;

/**
 * Resumes orphaned runs in an order that prevents a run that kills its engine from blocking the
 * others.
 */
export class Recovery {
  readonly #options: RecoveryOptions;
  readonly #queued = new Map<string, PromiseWithResolvers<RunHandle | undefined>>();
  #lastSuspect: Promise<Resumed> = Promise.resolve(undefined);

  constructor(options: RecoveryOptions) {
    this.#options = options;
  }

  /** A queued run; settles with undefined if another engine claimed the run first. */
  queued(runId: string): Promise<RunHandle | undefined> | undefined {
    return this.#queued.get(runId)?.promise;
  }

  /** Resumes the orphaned runs among these; settles before the queued runs are tried. */
  async start(running: readonly StoredRun[]): Promise<Recovered> {
    const orphans = running.filter(this.#options.isOrphaned);
    const problems = orphans.filter(isQuarantined).map(quarantined);
    const open = orphans.filter((run) => !isQuarantined(run));
    const waiting = open.filter(this.#options.mustWatch);
    for (const run of waiting) this.#enqueue(run, () => this.#resumeWhenConfirmed(run));
    const runs = open.filter((run) => !waiting.includes(run));
    const handles: RunHandle[] = [];
    for (const run of runs.filter(({ failedRecoveries }) => failedRecoveries === 0)) {
      const resumed = await this.#resume(run);
      if (resumed instanceof WorkflowError) problems.push(resumed);
      else if (resumed !== undefined) handles.push(resumed);
    }
    const suspects = runs
      .filter((run) => run.failedRecoveries > 0)
      .sort((a, b) => a.failedRecoveries - b.failedRecoveries);
    for (const run of suspects) this.#enqueue(run, () => this.#resumeAlone(run));
    return {
      handles,
      problems,
      suspects: suspects.map(({ runId }) => runId),
      waiting: waiting.map(({ runId }) => runId),
    };
  }

  /**
   * Resumes one run, if it is still orphaned, or still `isDue` if that is given. An error that lies
   * in the run counts towards its quarantine.
   */
  claim(
    run: StoredRun,
    isRecovery: boolean,
    isDue: (run: StoredRun) => boolean = this.#options.isOrphaned,
  ): Promise<Resumed> {
    return this.#resume(run, isRecovery, isDue);
  }

  #enqueue(run: StoredRun, resume: () => Promise<Resumed>): void {
    if (this.#queued.has(run.runId)) return;
    const turn = Promise.withResolvers<RunHandle | undefined>();
    turn.promise.catch(() => undefined);
    this.#queued.set(run.runId, turn);
    const settle = (resumed: Resumed): void => {
      this.#queued.delete(run.runId);
      if (resumed instanceof WorkflowError) turn.reject(resumed);
      else turn.resolve(resumed);
    };
    resume().then(settle, (error: unknown) => settle(asWorkflowError(error, run.runId)));
  }

  /** Resumes a suspect, once the suspects before it and every recovered run are proven. */
  #resumeAlone(run: StoredRun): Promise<Resumed> {
    this.#lastSuspect = this.#lastSuspect.then(async () => {
      await this.#options.untilProven();
      return this.#options.isStopping() ? closed(run) : this.#resume(run);
    });
    return this.#lastSuspect;
  }

  async #resumeWhenConfirmed(run: StoredRun): Promise<Resumed> {
    // Rejects when the engine is closed.
    await this.#options.whenConfirmed(run).catch(() => undefined);
    if (this.#options.isStopping()) return closed(run);
    return run.failedRecoveries > 0 ? this.#resumeAlone(run) : this.#resume(run);
  }

  async #resume(
    run: StoredRun,
    isRecovery = true,
    isDue = this.#options.isOrphaned,
  ): Promise<Resumed> {
    const isStill = (): boolean => {
      const now = this.#options.storage.getRun(run.runId);
      return now !== undefined && isDue(now);
    };
    try {
      // Read again: another engine may have ended or paused this run while others were being
      // resumed.
      if (!isStill()) return undefined;
      return await this.#options.resume(run.runId, isRecovery);
    } catch (cause) {
      const error = asWorkflowError(cause, run.runId);
      // Another engine has claimed it since.
      const isTaken = (): boolean => !isStill();
      if (error.code === "run_owned_elsewhere" && unlessBusy(isTaken, true)) return undefined;
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

/** The error for a run that recovery skips. */
export function quarantined({ runId, failedRecoveries, recoveryError }: StoredRun): WorkflowError {
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
