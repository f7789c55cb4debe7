import { ERROR_KINDS, WorkflowError } from "../errors.js";
import type { Clock } from "../ports.js";
import type {
  LogChunk,
  NewRun,
  RunCommit,
  StoragePort,
  StoredArtifact,
  StoredDefinition,
} from "../storage/StoragePort.js";

/** What one run has to write at the end of a turn. */
export interface RunWrite {
  /** Present for the first write of a new run. */
  readonly newRun?: NewRun;
  /** The definition of the new run. */
  readonly definition?: StoredDefinition;
  readonly artifacts: readonly StoredArtifact[];
  readonly commit: RunCommit;
}

/** A run, as the commit sees it. */
export interface Committer {
  readonly runId: string;
  /** Hands over what has been accepted since the last time. Called once a turn. */
  takeTurn(): RunWrite;
  /** The turn is on disk: its effects may happen now. */
  committed(): void;
  /** The turn could not be written: nothing of it happened, and the run cannot go on here. */
  failed(error: WorkflowError): void;
}

/** How long output of agents may wait for a turn to be written with, in ms: a chatty agent must not cost a commit a line. */
const LOG_DELAY_MS = 200;

/** How many turns in a row may find the database busy before the runs give up; each waits for the busy timeout. */
const BUSY_TURNS = 5;

/**
 * Writes what all runs accepted in one turn of the event loop as one transaction. A chain costs one commit a step,
 * a fan-out of a thousand a handful. Effects wait for it: never an effect before its cause is on disk.
 */
export class GroupCommit {
  readonly #storage: StoragePort;
  readonly #clock: Clock;
  #waiting = new Set<Committer>();
  #logs: LogChunk[] = [];
  #isScheduled = false;
  #cancelLogTimer: (() => void) | undefined;
  // A turn that found the database busy: until it is written, later ones wait, so that the order is kept.
  #isHeldUp = false;

  constructor(storage: StoragePort, clock: Clock) {
    this.#storage = storage;
    this.#clock = clock;
  }

  /** Has the run written at the end of this turn. */
  schedule(run: Committer): void {
    this.#waiting.add(run);
    this.#scheduleFlush();
  }

  /** Keeps a piece of an agent's output; it is written with the next turn, or soon. */
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

  /** Writes now what is waiting. */
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

  // A loop: a process that was frozen may lose thousands of runs in one turn.
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
      // One run went to another engine, was removed, or has an id that was taken meanwhile; the others' turns are good.
      turns.delete(loser);
      this.#fail(loser, error);
    }
    for (const run of turns.keys()) run.committed();
    this.#goOn();
  }

  #commit(turns: Map<Committer, RunWrite>, logs: readonly LogChunk[]): WorkflowError | undefined {
    try {
      this.#storage.commit({
        definitions: [...turns.values()].flatMap((turn) => turn.definition ?? []),
        newRuns: [...turns.values()].flatMap((turn) => turn.newRun ?? []),
        artifacts: [...turns.values()].flatMap((turn) => turn.artifacts),
        runs: [...turns.values()].map((turn) => turn.commit),
        logs,
      });
      return undefined;
    } catch (cause) {
      return asWorkflowError(cause);
    }
  }

  #goOn(): void {
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
      if (turns.size === 0 && logs.length === 0) return this.#goOn();
      this.#isHeldUp = true;
      this.#clock.afterTurn(() => this.#write(turns, logs, busyTurns + 1));
      return;
    }
    // One row that must not be fails the transaction of all: alone, each shows whose it is.
    const isSomebodys = error.code === "internal" && turns.size + (logs.length > 0 ? 1 : 0) > 1;
    if (isSomebodys) {
      for (const [run, turn] of turns) this.#write(new Map([[run, turn]]), []);
      if (logs.length > 0) this.#write(new Map(), logs);
      return;
    }
    for (const run of turns.keys()) this.#fail(run, error);
    this.#goOn();
  }

  // What it accepted while this turn was held up would leave a gap in its journal, and fail the others' turn with it.
  #fail(run: Committer, error: WorkflowError): void {
    this.#waiting.delete(run);
    run.failed(error);
  }

  // A run whose beginning cannot be written has nothing to lose: whoever started it hears of it now. The others wait on.
  #failBeginnings(turns: Map<Committer, RunWrite>, error: WorkflowError): void {
    for (const [run, { newRun }] of turns) {
      if (newRun === undefined) continue;
      turns.delete(run);
      this.#fail(run, error);
    }
  }
}

function asWorkflowError(cause: unknown): WorkflowError {
  if (cause instanceof WorkflowError) return cause;
  return new WorkflowError("internal", cause instanceof Error ? cause.message : String(cause), {
    cause,
  });
}
