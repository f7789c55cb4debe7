import { asWorkflowError } from "../errors.js";
import { messageOf } from "../message-of.js";
import type { Clock } from "../ports.js";
import { isOwned } from "../storage/owner-state.js";
import type { EndedRun, StoragePort } from "../storage/StoragePort.js";
import type { RetentionOptions, RetentionReport } from "./RetentionPolicy.js";
import { sweep } from "./sweep.js";

const DEFAULT_EVERY_MS = 60_000;

/**
 * How long to pause between two transactions, in ms: one turn of the event loop, so that runs can
 * proceed.
 */
const PAUSE_MS = 1;

/**
 * Sweeps the database of an open engine at an interval: one small transaction per turn of the event
 * loop. Its timers do not keep the process alive.
 */
export class RetentionKeeper {
  readonly #storage: StoragePort;
  readonly #clock: Clock;
  readonly #options: RetentionOptions;
  #steps: Generator<readonly EndedRun[], RetentionReport, undefined> | undefined;
  #cancel: (() => void) | undefined;

  constructor(storage: StoragePort, clock: Clock, options: RetentionOptions) {
    this.#storage = storage;
    this.#clock = clock;
    this.#options = options;
  }

  /** Schedules the first sweep, one interval from now. */
  start(): void {
    this.#arm(this.#options.everyMs ?? DEFAULT_EVERY_MS);
  }

  /**
   * Abandons the current sweep, which may be between two transactions, and does not schedule
   * another.
   */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#steps = undefined;
  }

  #arm(delayMs: number): void {
    this.#cancel = this.#clock.setTimer(delayMs, () => this.#step(), { keepsAlive: false });
  }

  #step(): void {
    this.#steps ??= sweep(this.#storage, this.#options, {
      now: this.#clock.now(),
      isHeld: (run) => isOwned(run, this.#clock.now()),
    });
    let report: RetentionReport | undefined;
    try {
      const { value, done } = this.#steps.next();
      if (done === true) report = value;
    } catch (error) {
      // The next sweep tries again if the database is busy. If it is unusable, the next commit
      // fails too.
      report = { ...NOTHING, problem: asWorkflowError(error) };
    }
    if (report !== undefined) this.#steps = undefined;
    this.#arm(report === undefined ? PAUSE_MS : (this.#options.everyMs ?? DEFAULT_EVERY_MS));
    if (report !== undefined) void this.#report(report);
  }

  // The caller's function is called in a timer, where an error would end the process and its runs.
  async #report(report: RetentionReport): Promise<void> {
    try {
      await this.#options.onSweep?.(report);
    } catch (error) {
      process.emitWarning(`\`onSweep\` failed: ${messageOf(error)}`);
    }
  }
}

const NOTHING: RetentionReport = {
  removedRuns: { completed: 0, failed: 0, cancelled: 0 },
  removedDefinitions: 0,
  removedArtifacts: 0,
  removedCheckpoints: 0,
  kept: [],
  freedBytes: 0,
};
