import type { LogStream } from "../agents/AgentPort.js";
import { RunQueries, type WorkflowEvent } from "../core/workflow-state-machine.js";
import type { AttemptOptions, StopSignal } from "../drive/AttemptOptions.js";
import type { AttemptRequest } from "../drive/attempt-request.js";
import type { StoppedTime } from "../drive/StoppedTime.js";
import { attemptToken, effectKeyOf } from "../journal/attempt-key.js";
import type { Clock } from "../ports.js";
import type { KeptFile } from "../run-directory/kept-files.js";
import type { IdentifiedProcess } from "../storage/process-identity.js";
import type { ActiveRun } from "./ActiveRun.js";
import type { AbortReason, Attempt } from "./Attempt.js";
import type { GroupCommit } from "./GroupCommit.js";
import type { LeaseGuard } from "./LeaseGuard.js";

/** What all attempts of an engine share. */
export interface AttemptHost {
  readonly clock: Clock;
  readonly commits: GroupCommit;
  /** How long a stopped agent may take to settle before it is abandoned, in ms. */
  readonly abandonAfterMs: number;
  readonly stopped: StoppedTime;
  readonly ownerId: string;
  readonly databaseId: string;
  /** Supplies the secrets of this host. */
  readonly secrets: ((name: string) => string | undefined) | undefined;
  /** Ends programs when this engine cannot. Absent where the next owner ends them itself. */
  readonly guard: LeaseGuard | undefined;
}

/**
 * An attempt whose agent has not settled, as the run and `performAttempt` see it. One object serves
 * both, and as the signal too, since a fan-out makes thousands of them in one turn.
 */
export class RunningAttempt implements Attempt, AttemptOptions, StopSignal {
  readonly clock: Clock;
  readonly abandonAfterMs: number;
  readonly stopped: StoppedTime;
  explanation: string | undefined;
  /** Called with each command to the run. */
  onTold: ((event: WorkflowEvent) => void) | undefined;
  /** The run's directory; absent if it has none. */
  runDirectory: string | undefined;
  /** Supplies the files of the run to an agent that works elsewhere. */
  storedFile: ((file: KeptFile) => string | undefined) | undefined;
  readonly #run: ActiveRun;
  readonly #request: AttemptRequest;
  readonly #host: AttemptHost;
  #reason: AbortReason | undefined;
  #onAbort: (() => void) | undefined;
  #hasSettled = false;
  #settled: PromiseWithResolvers<void> | undefined;
  /** The process ids of its programs that a guard knows. */
  #guarded: number[] | undefined;

  constructor(run: ActiveRun, request: AttemptRequest, host: AttemptHost) {
    this.#run = run;
    this.#request = request;
    this.#host = host;
    this.clock = host.clock;
    this.abandonAfterMs = host.abandonAfterMs;
    this.stopped = host.stopped;
  }

  // --- for the run

  abort(reason: AbortReason): void {
    this.#reason ??= reason;
    if (this.#reason === "cancelled") this.explanation = RunQueries.error(this.#run.machine);
    this.#onAbort?.();
  }

  told(event: WorkflowEvent): void {
    this.onTold?.(event);
  }

  get settled(): Promise<void> {
    if (this.#hasSettled) return Promise.resolve();
    this.#settled ??= Promise.withResolvers();
    return this.#settled.promise;
  }

  /** Records that the run has been given the outcome. */
  settle(): void {
    for (const pid of this.#guarded ?? []) this.#host.guard?.ended(pid);
    this.#hasSettled = true;
    this.#settled?.resolve();
  }

  // --- for performAttempt

  get signal(): StopSignal {
    return this;
  }

  get aborted(): boolean {
    return this.#reason !== undefined;
  }

  get reason(): unknown {
    return this.#reason;
  }

  addEventListener(_type: "abort", listener: () => void): void {
    this.#onAbort = listener;
  }

  removeEventListener(): void {
    this.#onAbort = undefined;
  }

  log(text: string, stream: LogStream, agoMs = 0): void {
    const { runId, stepId, attemptNumber } = this.#request;
    const at = this.#run.now() - agoMs;
    this.#host.commits.log({ runId, stepId, attemptNumber, stream, at, text });
  }

  effectKey(): string | undefined {
    const { stepId } = this.#request;
    const key = RunQueries.requestKey(this.#run.machine, stepId);
    return key === undefined ? undefined : effectKeyOf(this.#run, stepId, key);
  }

  stopWithinMs(): number | undefined {
    const { isLost, until } = this.#run.lease;
    return isLost ? Math.max(0, until - this.clock.now()) : undefined;
  }

  secrets(name: string): string | undefined {
    return this.#host.secrets?.(name);
  }

  get attemptToken(): string {
    const { databaseId, ownerId } = this.#host;
    return attemptToken(this.#request.idempotencyKey, { databaseId, ownerId });
  }

  recordProcess(process: IdentifiedProcess): Promise<void> {
    const { stepId, attemptNumber } = this.#request;
    const { databaseId, ownerId } = this.#host;
    const { attemptToken: token } = this;
    if (this.#host.guard !== undefined) {
      const { pid, processStart } = process;
      const { idempotencyKey } = this.#request;
      this.#guarded = [...(this.#guarded ?? []), pid];
      this.#host.guard.started(this.#run, { pid, processStart, idempotencyKey, token });
    }
    return this.#run.recordProcess({
      stepId,
      attemptNumber,
      ...process,
      ownerId,
      token,
      databaseId,
    });
  }
}
