import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { Clock } from "../ports.js";
import { failure, type Outcome } from "./outcome.js";

/** How long an attempt continues after its last caller has lost the connection, in ms. */
const DEFAULT_GRACE_MS = 30_000;

/** How long the outcome of an attempt is kept for a caller that asks for it again, in ms. */
const KEPT_MS = 600_000;

/** The process that is about to perform an attempt. Plain data: record it before the attempt. */
export interface AttemptBeginning {
  /** Identifies this beginning in its process. */
  readonly number: number;
  /** Identifies the process, also after a restart of its machine. */
  readonly processId: string;
  readonly host: string;
  readonly pid: number;
  /** When it was made, in ms since the epoch. */
  readonly at: number;
}

/** Aborts when a caller of an attempt can no longer receive its outcome. */
export type Connection = Pick<AbortSignal, "aborted" | "addEventListener">;

/** How an attempt is performed and given to its callers. */
export interface GuardedAttempt {
  /** What the caller has recorded before its first call for this attempt. */
  readonly begun: AttemptBeginning;
  /**
   * Performs the attempt; called at most once. `signal` aborts with the reason `"cancelled"` or
   * `"interrupted"`.
   */
  perform(signal: AbortSignal): Promise<Outcome>;
  /** The connection of this caller. */
  readonly connection?: Connection | undefined;
}

interface Execution {
  readonly outcome: Promise<Outcome>;
  readonly controller: AbortController;
  callers: number;
  isSettled: boolean;
  cancelTimer: (() => void) | undefined;
}

/**
 * Makes one attempt one execution, under a backend that delivers an attempt again when it has lost
 * sight of it. The backend records an `AttemptBeginning`, then calls `guardAttempt` with it, each
 * time that it delivers the attempt:
 *
 * - The first call in the process that has begun the attempt performs it.
 * - A further call there receives the outcome of this one execution.
 * - A call in any other process receives the outcome `interrupted`, because the process of the
 *   attempt is gone. The run then starts the next attempt, which uses up no retry.
 *
 * When the connections of all callers are lost, the agent works on for `graceMs`: the server of the
 * backend may be restarting.
 */
export class AttemptGuard {
  readonly #clock: Clock;
  readonly #graceMs: number;
  readonly #processId = randomUUID();
  readonly #executions = new Map<string, Execution>();
  /** Beginnings of this process that no call has used. */
  readonly #unused = new Set<number>();
  #lastNumber = 0;

  constructor(clock: Clock, { graceMs = DEFAULT_GRACE_MS }: { readonly graceMs?: number } = {}) {
    this.#clock = clock;
    this.#graceMs = graceMs;
  }

  /** How many attempts this process performs now. */
  get runningCount(): number {
    return [...this.#executions.values()].filter(({ isSettled }) => !isSettled).length;
  }

  /** Whether this process performs the attempt with this key. */
  isRunning(idempotencyKey: string): boolean {
    return this.#executions.get(idempotencyKey)?.isSettled === false;
  }

  /** Returns what to record before an attempt is performed in this process. */
  begin(): AttemptBeginning {
    this.#lastNumber += 1;
    this.#unused.add(this.#lastNumber);
    return {
      number: this.#lastNumber,
      processId: this.#processId,
      host: hostname(),
      pid: process.pid,
      at: this.#clock.now(),
    };
  }

  /** Returns the outcome of the one execution of an attempt. Never rejects if `perform` does not. */
  guardAttempt(idempotencyKey: string, attempt: GuardedAttempt): Promise<Outcome> {
    const { begun, connection } = attempt;
    let execution = this.#executions.get(idempotencyKey);
    if (execution === undefined) {
      const isNew = begun.processId === this.#processId && this.#unused.delete(begun.number);
      if (!isNew) return Promise.resolve(this.#lost(begun));
      execution = this.#execute(idempotencyKey, attempt);
    }
    this.#follow(execution, connection);
    return execution.outcome;
  }

  /** Stops an attempt that this process performs. Does nothing if it performs none with this key. */
  stop(idempotencyKey: string, reason: "cancelled" | "interrupted"): void {
    this.#executions.get(idempotencyKey)?.controller.abort(reason);
  }

  /** Interrupts every attempt that this process performs; settles when all have settled. */
  async stopAll(): Promise<void> {
    const running = [...this.#executions.values()];
    for (const { controller } of running) controller.abort("interrupted");
    await Promise.all(running.map(({ outcome }) => outcome));
  }

  /** Settles when this process performs no attempt. */
  async whenIdle(): Promise<void> {
    for (;;) {
      const running = [...this.#executions.values()].filter(({ isSettled }) => !isSettled);
      if (running.length === 0) return;
      await Promise.all(running.map(({ outcome }) => outcome));
    }
  }

  #execute(idempotencyKey: string, attempt: GuardedAttempt): Execution {
    const controller = new AbortController();
    const execution: Execution = {
      outcome: attempt.perform(controller.signal).finally(() => {
        execution.isSettled = true;
        execution.cancelTimer?.();
        const forget = (): void => void this.#executions.delete(idempotencyKey);
        this.#clock.setTimer(KEPT_MS, forget, { keepsAlive: false });
      }),
      controller,
      callers: 0,
      isSettled: false,
      cancelTimer: undefined,
    };
    this.#executions.set(idempotencyKey, execution);
    return execution;
  }

  #follow(execution: Execution, connection: Connection | undefined): void {
    execution.callers += 1;
    execution.cancelTimer?.();
    execution.cancelTimer = undefined;
    const leave = (): void => {
      execution.callers -= 1;
      if (execution.callers > 0 || execution.isSettled) return;
      const { controller } = execution;
      execution.cancelTimer = this.#clock.setTimer(this.#graceMs, () =>
        controller.abort("interrupted"),
      );
    };
    if (connection?.aborted === true) leave();
    else connection?.addEventListener("abort", leave, { once: true });
  }

  #lost({ host, pid }: AttemptBeginning): Outcome {
    const message = `the worker that performed it is gone (process ${pid} on ${host})`;
    return failure(message, "interrupted", this.#clock.now());
  }
}
