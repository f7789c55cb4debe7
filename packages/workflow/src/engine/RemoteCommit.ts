import { asWorkflowError, WorkflowError } from "../errors.js";
import type { Clock } from "../ports.js";
import type { LogChunk } from "../storage/StoragePort.js";
import { type Committer, isShared, loserOf, type Turns } from "./Committer.js";

/** How many times to try to write the start of a run while the database does not answer. */
const START_TRIES = 5;

/** The pause before a commit is tried again, in ms. */
const RETRY_MS = 100;

/** How long the storage may take to answer, unless the engine says so, in ms. */
const ANSWER_MS = 30_000;

/** How long a run that leaves the engine waits for its turn to be written, in ms. */
const SETTLE_MS = 5_000;

/** How many pieces of output wait for a database that does not answer; older ones are dropped. */
const MAX_LATE_LOGS = 10_000;

export interface RemoteCommitOptions {
  readonly clock: Clock;
  /** Gives up the runs that this engine may no longer own. */
  readonly fence: () => void;
  readonly answerMs: number | undefined;
  readonly commit: (turns: Turns, logs: readonly LogChunk[]) => Promise<void>;
  /** Fails a run: none of its turns is written any more. */
  readonly fail: (run: Committer, error: WorkflowError) => void;
  /** The runs whose next turns wait for this one. */
  readonly waiting: Iterable<Committer>;
}

/**
 * Writes turns to a storage across a network, one commit at a time. While the database does not
 * answer, the same commit is tried again until the fence has given up its runs, so an outage that
 * is shorter than a lease fails no run.
 */
export class RemoteCommit {
  readonly #options: RemoteCommitOptions;
  /** Settles when the turns that are being written have been written or failed. */
  #writing: Promise<unknown> | undefined;
  /** True from a wait that took too long until the next answer: no caller waits so long again. */
  #isSilent = false;

  constructor(options: RemoteCommitOptions) {
    this.#options = options;
  }

  /**
   * Writes the turns, and performs their effects. Settles when each run knows its outcome,
   * with the output that could not be written. Never rejects.
   */
  async write(turns: Turns, logs: readonly LogChunk[]): Promise<readonly LogChunk[]> {
    const written = this.#write(turns, logs);
    this.#writing = written;
    try {
      return await written;
    } finally {
      this.#writing = undefined;
    }
  }

  /** Settles when nothing is being written, or when that takes too long; undefined if nothing is. */
  settled(): Promise<void> | undefined {
    if (this.#writing === undefined) return undefined;
    return this.#isSilent ? Promise.resolve() : this.#untilIdle();
  }

  async #untilIdle(): Promise<void> {
    const limit = this.#pause(SETTLE_MS);
    let isOver = false;
    void limit.ended.then(() => void (isOver = true));
    // What was accepted in the meantime is written with the next commit.
    while (this.#writing !== undefined && !isOver) {
      await Promise.race([this.#writing, limit.ended]);
      for (let turn = 0; turn < 2; turn += 1)
        await new Promise<void>((resolve) => this.#options.clock.afterTurn(resolve));
    }
    this.#isSilent = isOver;
    limit.cancel();
  }

  async #write(turns: Turns, logs: readonly LogChunk[]): Promise<readonly LogChunk[]> {
    for (let tries = 1; ; tries += 1) {
      const error = await this.#commit(turns, logs);
      // While the answer was awaited, this process may have been suspended.
      this.#options.fence();
      if (error === undefined) break;
      const loser = loserOf(turns, error);
      if (loser !== undefined) {
        turns.delete(loser);
        this.#options.fail(loser, error);
        tries = 0;
      } else if (error.code === "database_busy") {
        this.#giveUp(turns, error, tries);
        if (turns.size === 0) return logs.slice(-MAX_LATE_LOGS);
        await this.#pause(RETRY_MS).ended;
      } else if (isShared(error, turns, logs)) {
        for (const [run, turn] of turns) await this.#write(new Map([[run, turn]]), []);
        return logs.length > 0 ? this.#write(new Map(), logs) : [];
      } else {
        for (const run of turns.keys()) this.#options.fail(run, error);
        return [];
      }
    }
    for (const run of turns.keys()) run.committed();
    return [];
  }

  async #commit(turns: Turns, logs: readonly LogChunk[]): Promise<WorkflowError | undefined> {
    const { commit, answerMs = ANSWER_MS } = this.#options;
    const limit = this.#pause(answerMs);
    const late = limit.ended.then(() => tooLate(answerMs));
    try {
      const error = await Promise.race([commit(turns, logs).then(() => undefined), late]);
      if (error === undefined) this.#isSilent = false;
      return error;
    } catch (cause) {
      return asWorkflowError(cause);
    } finally {
      limit.cancel();
    }
  }

  // The runs that were given up, and those that are only beginning, do not wait for the database.
  #giveUp(turns: Turns, error: WorkflowError, tries: number): void {
    const { fail, waiting } = this.#options;
    for (const run of [...turns.keys(), ...waiting]) {
      const isRefused = !run.isStored && tries >= START_TRIES;
      if (!run.isDetached && !isRefused) continue;
      turns.delete(run);
      fail(run, isRefused ? refusedStart(run, error) : error);
    }
  }

  #pause(delayMs: number): { readonly ended: Promise<void>; cancel(): void } {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancelTimer = this.#options.clock.setTimer(delayMs, resolve);
    const cancel = (): void => {
      cancelTimer();
      resolve();
    };
    return { ended: promise, cancel };
  }
}

function tooLate(answerMs: number): WorkflowError {
  return new WorkflowError(
    "database_busy",
    `The database has not answered a commit within ${answerMs / 1000} s.`,
    { remedy: "Check the connection to the database." },
  );
}

// The answer to a commit may have been lost, and then the run exists.
function refusedStart({ runId }: Committer, { message }: WorkflowError): WorkflowError {
  return new WorkflowError("database_busy", `Run ${runId} could not be started: ${message}`, {
    runId,
    remedy:
      "Start it again with the same run id once the database answers: if it was recorded " +
      "nevertheless, it is resumed instead.",
  });
}
