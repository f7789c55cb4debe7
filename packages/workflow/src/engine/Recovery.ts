import { WorkflowError } from "../errors.js";
import { isQuarantined } from "../storage/quarantine.js";
import type { StoragePort, StoredRun } from "../storage/StoragePort.js";
import type { RunHandle } from "./RunHandle.js";

/** What became of the runs that dead engines left. */
export interface Recovered {
  /** Those that go on now. */
  readonly handles: readonly RunHandle[];
  /** Ids of those that are taken up one at a time, as the others prove sound. `waitForCompletion` knows them already. */
  readonly suspects: readonly string[];
  /** Those that are left: damaged, quarantined, or for agents that this engine does not have. */
  readonly problems: readonly WorkflowError[];
}

export interface RecoveryOptions {
  readonly storage: StoragePort;
  /** Is it running by its row, and nobody's? */
  readonly isLeft: (run: StoredRun) => boolean;
  readonly take: (runId: string) => Promise<RunHandle>;
  /** Settles when every run that was recovered so far has recorded an outcome, or is over. */
  readonly untilProven: () => Promise<unknown>;
  readonly isStopping: () => boolean;
}

/** Takes up what dead engines left, so that a run which kills its engine does not keep the others from going on. */
export class Recovery {
  readonly #options: RecoveryOptions;
  readonly #awaited = new Map<string, PromiseWithResolvers<RunHandle | undefined>>();
  #settled: Promise<void> = Promise.resolve();

  constructor(options: RecoveryOptions) {
    this.#options = options;
  }

  /** A run that waits for its turn; gives nothing when another engine had it in the meantime. */
  awaited(runId: string): Promise<RunHandle | undefined> | undefined {
    return this.#awaited.get(runId)?.promise;
  }

  /** Settles when every suspect of `start` has had its turn. */
  get settled(): Promise<void> {
    return this.#settled;
  }

  async start(running: readonly StoredRun[]): Promise<Recovered> {
    const runs = running.filter(this.#options.isLeft);
    const problems = runs.filter(isQuarantined).map(quarantined);
    const handles: RunHandle[] = [];
    for (const run of runs.filter(({ failedRecoveries }) => failedRecoveries === 0)) {
      const taken = await this.#take(run);
      if (taken instanceof WorkflowError) problems.push(taken);
      else if (taken !== undefined) handles.push(taken);
    }
    const suspects = runs
      .filter((run) => run.failedRecoveries > 0 && !isQuarantined(run))
      .sort((a, b) => a.failedRecoveries - b.failedRecoveries);
    for (const { runId } of suspects) {
      const turn = Promise.withResolvers<RunHandle | undefined>();
      turn.promise.catch(() => undefined);
      this.#awaited.set(runId, turn);
    }
    this.#settled = this.#takeOneByOne(suspects);
    return { handles, problems, suspects: suspects.map(({ runId }) => runId) };
  }

  async #takeOneByOne(suspects: readonly StoredRun[]): Promise<void> {
    for (const run of suspects) {
      await this.#options.untilProven();
      const taken = this.#options.isStopping() ? closed(run) : await this.#take(run);
      const turn = this.#awaited.get(run.runId);
      this.#awaited.delete(run.runId);
      if (taken instanceof WorkflowError) turn?.reject(taken);
      else turn?.resolve(taken);
    }
  }

  async #take(run: StoredRun): Promise<RunHandle | WorkflowError | undefined> {
    try {
      // Looked at again: while others were taken up another engine may have ended this one, or paused it as it was asked to.
      const now = this.#options.storage.getRun(run.runId);
      if (now === undefined || !this.#options.isLeft(now)) return undefined;
      return await this.#options.take(run.runId);
    } catch (cause) {
      const error =
        cause instanceof WorkflowError
          ? cause
          : new WorkflowError("internal", String(cause), { cause, runId: run.runId });
      if (isOfTheRun(error)) this.#note(run, error);
      return error;
    }
  }

  #note({ runId, failedRecoveries }: StoredRun, { message }: WorkflowError): void {
    try {
      this.#options.storage.recordFailedRecovery(runId, failedRecoveries + 1, message);
    } catch {
      // The database has its own trouble. The run counts as tried once less, and what was wrong with it is told all the same.
    }
  }
}

function quarantined({ runId, failedRecoveries, recoveryError }: StoredRun): WorkflowError {
  const why = recoveryError ?? "its engine died each time.";
  return new WorkflowError(
    "run_quarantined",
    `Run ${runId} is left alone after ${failedRecoveries} failed recoveries: ${why}`,
    {
      runId,
      remedy: `Find the cause (\`axw show ${runId}\`, \`axw doctor --verify\`), then take it up by hand: \`axw resume ${runId}\`.`,
    },
  );
}

function closed({ runId }: StoredRun): WorkflowError {
  return new WorkflowError(
    "engine_closed",
    `The engine was closed before it came to run ${runId}.`,
    { runId },
  );
}

// Whether another engine, or another time, could do better says nothing about the run.
function isOfTheRun({ code }: WorkflowError): boolean {
  return (
    ![
      "run_owned_elsewhere",
      "run_not_resumable",
      "unknown_agent",
      "lease_lost",
      "engine_closed",
    ].includes(code) && !code.startsWith("database_")
  );
}
