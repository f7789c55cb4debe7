import { asWorkflowError, type WorkflowError } from "../errors.js";
import type { Clock } from "../ports.js";
import type { Commit, LogChunk, NoticeReceiver, StoragePort } from "../storage/StoragePort.js";
import { type Committer, isShared, loserOf, type RunWrite, type Turns } from "./Committer.js";
import { lostDatabase } from "./lost-database.js";
import { RemoteCommit } from "./RemoteCommit.js";

/**
 * How long agent output may wait for a turn to be written with, in ms: one commit per line would be
 * too expensive.
 */
const LOG_DELAY_MS = 200;

/** How long output waits for a database that is locked, in ms. */
const LOCKED_LOG_DELAY_MS = 10_000;

/**
 * How many times to try to write a turn while the database is busy; each try waits for the busy
 * timeout.
 */
const BUSY_TURNS = 5;

export interface GroupCommitOptions {
  /** Returns the receivers of the notices of a new run. */
  readonly receiversOf?: ((runId: string) => readonly NoticeReceiver[]) | undefined;
  /**
   * Gives up the runs that this engine may no longer own. Called before a turn is taken, and after
   * a wait before its effects are performed.
   */
  readonly fence?: () => void;
  /** How long a storage across a network may take to answer before a commit is repeated, in ms. */
  readonly answerMs?: number;
}

/**
 * Writes everything that all runs accepted in one turn of the event loop as one transaction. A
 * chain costs one commit per step; a fan-out of a thousand steps costs a few in all. Effects wait
 * for the commit: no effect is performed before its cause is on disk.
 *
 * A storage across a network is written by `RemoteCommit`, while this thread continues.
 */
export class GroupCommit {
  readonly #storage: StoragePort;
  readonly #clock: Clock;
  readonly #receiversOf: GroupCommitOptions["receiversOf"];
  readonly #fence: () => void;
  readonly #remote: RemoteCommit | undefined;
  readonly #waiting = new Set<Committer>();
  #logs: LogChunk[] = [];
  #isScheduled = false;
  #cancelLogTimer: (() => void) | undefined;
  // True while a turn is being written, or is retried because the database is busy. Later turns
  // wait, to keep the order.
  #isHeldUp = false;

  constructor(storage: StoragePort, clock: Clock, options: GroupCommitOptions = {}) {
    this.#storage = storage;
    this.#clock = clock;
    this.#receiversOf = options.receiversOf;
    this.#fence = options.fence ?? (() => undefined);
    const { asynchronous } = storage;
    if (asynchronous === undefined) return;
    this.#remote = new RemoteCommit({
      clock,
      fence: this.#fence,
      answerMs: options.answerMs,
      commit: (turns, logs) => asynchronous.commit(this.#commitOf([...turns.values()], logs)),
      fail: (run, error) => this.#fail(run, error),
      waiting: this.#waiting,
    });
  }

  /** Writes the run at the end of this turn of the event loop. */
  schedule(run: Committer): void {
    this.#waiting.add(run);
    this.#scheduleFlush();
  }

  /** Stores a piece of an agent's output, to be written with the next turn or shortly after. */
  log(chunk: LogChunk): void {
    this.#logs.push(chunk);
    this.#armLogTimer();
  }

  #armLogTimer(delayMs = LOG_DELAY_MS): void {
    this.#cancelLogTimer ??= this.#clock.setTimer(delayMs, () => {
      this.#cancelLogTimer = undefined;
      this.flush();
    });
  }

  #scheduleFlush(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#clock.afterTurn(() => this.flush());
  }

  /**
   * Settles when everything accepted so far has been written, or when the database has not answered
   * for too long. Undefined if the storage writes within the call of `flush`.
   */
  settled(): Promise<void> | undefined {
    if (this.#remote === undefined) return undefined;
    this.flush();
    return this.#remote.settled();
  }

  /** Writes everything pending, immediately; a storage across a network begins to write it. */
  flush(): void {
    this.#isScheduled = false;
    if (this.#isHeldUp) return;
    // A process that was suspended may have lost runs in the meantime.
    this.#fence();
    this.#cancelLogTimer?.();
    this.#cancelLogTimer = undefined;
    const logs = this.#logs;
    this.#logs = [];
    const runs = [...this.#waiting];
    this.#waiting.clear();
    const turns: Turns = new Map();
    for (const run of runs) if (!run.isDetached) turns.set(run, run.takeTurn());
    if (turns.size === 0 && logs.length === 0) return;
    if (this.#remote === undefined) this.#write(turns, logs);
    else void this.#writeRemotely(this.#remote, turns, logs);
  }

  async #writeRemotely(
    remote: RemoteCommit,
    turns: Turns,
    logs: readonly LogChunk[],
  ): Promise<void> {
    this.#isHeldUp = true;
    const late = await remote.write(turns, logs);
    // Output that could not be written while no run was left to write waits for the next turn.
    if (late.length > 0) {
      this.#logs = [...late, ...this.#logs];
      this.#armLogTimer();
    }
    this.#continue();
  }

  // A loop rather than recursion: a process that was frozen may lose thousands of runs in one turn.
  #write(turns: Turns, logs: readonly LogChunk[], busyTurns = 0): void {
    for (;;) {
      const error = this.#commit(turns, logs);
      if (error === undefined) break;
      const loser = loserOf(turns, error);
      if (loser === undefined) return this.#retryOrFail(turns, logs, busyTurns, error);
      // The turns of the other runs are valid.
      turns.delete(loser);
      this.#fail(loser, error);
    }
    for (const run of turns.keys()) run.committed();
    this.#continue();
  }

  #commit(turns: Turns, logs: readonly LogChunk[]): WorkflowError | undefined {
    try {
      const writes = [...turns.values()];
      this.#storage.commit(this.#commitOf(writes, logs));
      // An ending is reported only if it is also where a reader looks for it.
      const isEnding = writes.some(({ commit }) => commit.run?.release === true);
      return lostDatabase(this.#storage, isEnding ? "all" : "file");
    } catch (cause) {
      return lostDatabase(this.#storage) ?? asWorkflowError(cause);
    }
  }

  #commitOf(writes: readonly RunWrite[], logs: readonly LogChunk[]): Commit {
    const newRuns = writes.flatMap((turn) => turn.newRun ?? []);
    const receiversOf = this.#receiversOf;
    return {
      definitions: writes.flatMap((turn) => turn.definitions),
      newRuns,
      ...(receiversOf !== undefined && {
        notified: newRuns.flatMap(({ runId }) => receiversOf(runId)),
      }),
      artifacts: writes.flatMap((turn) => turn.artifacts),
      runs: writes.map((turn) => turn.commit),
      logs,
    };
  }

  // While a lock lasts, each try stops this thread, so output alone is not tried again at once.
  #writeLater(logs: readonly LogChunk[]): void {
    this.#logs = [...logs, ...this.#logs];
    if (this.#logs.length > 0) this.#armLogTimer(LOCKED_LOG_DELAY_MS);
    this.#continue();
  }

  #continue(): void {
    this.#isHeldUp = false;
    const hasLateLogs = this.#logs.length > 0 && this.#cancelLogTimer === undefined;
    if (this.#waiting.size > 0 || hasLateLogs) this.#scheduleFlush();
  }

  #retryOrFail(
    turns: Turns,
    logs: readonly LogChunk[],
    busyTurns: number,
    error: WorkflowError,
  ): void {
    if (error.code === "database_busy" && busyTurns < BUSY_TURNS) {
      // If the start of a run cannot be written, nothing is lost by refusing it now. The other runs
      // wait.
      // A run that was given up meanwhile does not wait either.
      for (const [run, { newRun }] of turns) {
        if (newRun === undefined && !run.isDetached) continue;
        turns.delete(run);
        this.#fail(run, error);
      }
      if (turns.size === 0) return this.#writeLater(logs);
      this.#isHeldUp = true;
      this.#clock.afterTurn(() => this.#write(turns, logs, busyTurns + 1));
      return;
    }
    if (isShared(error, turns, logs)) {
      for (const [run, turn] of turns) this.#write(new Map([[run, turn]]), []);
      if (logs.length > 0) this.#write(new Map(), logs);
      return;
    }
    for (const run of turns.keys()) this.#fail(run, error);
    this.#continue();
  }

  // Events that the run has accepted in the meantime must not be written: they would leave a gap in
  // its journal and fail the turns of the other runs.
  #fail(run: Committer, error: WorkflowError): void {
    this.#waiting.delete(run);
    run.failed(error);
  }
}
