import { asWorkflowError, ERROR_KINDS, type WorkflowError } from "../errors.js";
import type { Clock } from "../ports.js";
import type {
  LogChunk,
  NewRun,
  NoticeReceiver,
  RunCommit,
  StoragePort,
  StoredArtifact,
  StoredDefinition,
} from "../storage/StoragePort.js";
import { lostDatabase } from "./lost-database.js";

/** The data that one run writes at the end of a turn. */
export interface RunWrite {
  /** Present for the first write of a new run. */
  readonly newRun?: NewRun;
  /** The definition of the new run, and its later ones. */
  readonly definitions: readonly StoredDefinition[];
  readonly artifacts: readonly StoredArtifact[];
  readonly commit: RunCommit;
}

/**
 * A run, as the commit sees it. For each turn, `takeTurn` is followed by `committed` or `failed`.
 * The effects of the turn must not be performed before `committed`.
 */
export interface Committer {
  readonly runId: string;
  /** Returns everything accepted since the last call. Called at most once per turn. */
  takeTurn(): RunWrite;
  /** The turn is durable: its effects may be performed now. */
  committed(): void;
  /** The turn could not be written: none of it is durable, and the run cannot continue here. */
  failed(error: WorkflowError): void;
}

/**
 * How long agent output may wait for a turn to be written with, in ms: one commit per line would be
 * too expensive.
 */
const LOG_DELAY_MS = 200;

/**
 * How many times to try to write a turn while the database is busy; each try waits for the busy
 * timeout.
 */
const BUSY_TURNS = 5;

/**
 * Writes everything that all runs accepted in one turn of the event loop as one transaction. A
 * chain costs one commit per step; a fan-out of a thousand steps costs a few in all. Effects wait
 * for the commit: no effect is performed before its cause is on disk.
 */
export class GroupCommit {
  readonly #storage: StoragePort;
  readonly #clock: Clock;
  readonly #receiversOf: ((runId: string) => readonly NoticeReceiver[]) | undefined;
  #waiting = new Set<Committer>();
  #logs: LogChunk[] = [];
  #isScheduled = false;
  #cancelLogTimer: (() => void) | undefined;
  // True while a turn that found the database busy is being retried. Later turns wait, to keep the
  // order.
  #isHeldUp = false;

  /** `receiversOf` returns the receivers of the notices of a new run. */
  constructor(
    storage: StoragePort,
    clock: Clock,
    receiversOf?: (runId: string) => readonly NoticeReceiver[],
  ) {
    this.#storage = storage;
    this.#clock = clock;
    this.#receiversOf = receiversOf;
  }

  /** Writes the run at the end of this turn of the event loop. */
  schedule(run: Committer): void {
    this.#waiting.add(run);
    this.#scheduleFlush();
  }

  /** Stores a piece of an agent's output, to be written with the next turn or shortly after. */
  log(chunk: LogChunk): void {
    this.#logs.push(chunk);
    this.#cancelLogTimer ??= this.#clock.setTimer(LOG_DELAY_MS, () => {
      this.#cancelLogTimer = undefined;
      this.flush();
    });
  }

  #scheduleFlush(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#clock.afterTurn(() => this.flush());
  }

  /** Writes everything pending, immediately. */
  flush(): void {
    this.#isScheduled = false;
    if (this.#isHeldUp) return;
    this.#cancelLogTimer?.();
    this.#cancelLogTimer = undefined;
    const runs = [...this.#waiting];
    const logs = this.#logs;
    this.#waiting = new Set();
    this.#logs = [];
    if (runs.length === 0 && logs.length === 0) return;
    this.#write(new Map(runs.map((run) => [run, run.takeTurn()])), logs);
  }

  // A loop rather than recursion: a process that was frozen may lose thousands of runs in one turn.
  #write(turns: Map<Committer, RunWrite>, logs: readonly LogChunk[], busyTurns = 0): void {
    for (;;) {
      const error = this.#commit(turns, logs);
      if (error === undefined) break;
      const { concerns } = ERROR_KINDS[error.code];
      const isOfOne = concerns === "run" || concerns === "caller";
      const loser = isOfOne
        ? [...turns.keys()].find((run) => run.runId === error.runId)
        : undefined;
      if (loser === undefined) return this.#retryOrFail(turns, logs, busyTurns, error);
      // Another engine claimed or removed this run, or started one with its id. The turns of the
      // other runs are valid.
      turns.delete(loser);
      this.#fail(loser, error);
    }
    for (const run of turns.keys()) run.committed();
    this.#continue();
  }

  #commit(turns: Map<Committer, RunWrite>, logs: readonly LogChunk[]): WorkflowError | undefined {
    try {
      const writes = [...turns.values()];
      const newRuns = writes.flatMap((turn) => turn.newRun ?? []);
      const receiversOf = this.#receiversOf;
      this.#storage.commit({
        definitions: writes.flatMap((turn) => turn.definitions),
        newRuns,
        ...(receiversOf !== undefined && {
          notified: newRuns.flatMap(({ runId }) => receiversOf(runId)),
        }),
        artifacts: writes.flatMap((turn) => turn.artifacts),
        runs: writes.map((turn) => turn.commit),
        logs,
      });
      // An ending is reported only if it is also where a reader looks for it.
      const isEnding = writes.some(({ commit }) => commit.run?.release === true);
      return lostDatabase(this.#storage, isEnding ? "all" : "file");
    } catch (cause) {
      return lostDatabase(this.#storage) ?? asWorkflowError(cause);
    }
  }

  #continue(): void {
    this.#isHeldUp = false;
    const hasLateLogs = this.#logs.length > 0 && this.#cancelLogTimer === undefined;
    if (this.#waiting.size > 0 || hasLateLogs) this.#scheduleFlush();
  }

  #retryOrFail(
    turns: Map<Committer, RunWrite>,
    logs: readonly LogChunk[],
    busyTurns: number,
    error: WorkflowError,
  ): void {
    if (error.code === "database_busy" && busyTurns < BUSY_TURNS) {
      this.#failBeginnings(turns, error);
      if (turns.size === 0 && logs.length === 0) return this.#continue();
      this.#isHeldUp = true;
      this.#clock.afterTurn(() => this.#write(turns, logs, busyTurns + 1));
      return;
    }
    // One invalid row fails the transaction for all runs. When turns are written one by one, only
    // the run with that row fails.
    const isShared = error.code === "internal" && turns.size + (logs.length > 0 ? 1 : 0) > 1;
    if (isShared) {
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

  // If the start of a run cannot be written, nothing is lost by refusing it now. The other runs
  // wait.
  #failBeginnings(turns: Map<Committer, RunWrite>, error: WorkflowError): void {
    for (const [run, { newRun }] of turns) {
      if (newRun === undefined) continue;
      turns.delete(run);
      this.#fail(run, error);
    }
  }
}
