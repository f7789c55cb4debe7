import { type Agent, type LogStream, systemPorts } from "@automatosx/workflow";
import {
  type AttemptOptions,
  type AttemptRequest,
  inAttemptDirectory,
  type KeptFile,
  type Outcome,
  performAttempt,
  type StopSignal,
} from "@automatosx/workflow/drive";
import { messageOf } from "@automatosx/workflow/errors";
import type { GuardedLease } from "@automatosx/workflow/hosting";
import { type AttemptJob, interrupted } from "./attempt-job.js";
import { DEFAULT_HEARTBEAT_MS } from "./heartbeat.js";
import { isPassing } from "./QueueDatabase.js";

/** A job as pg-boss hands it to this worker. */
export interface TakenJob {
  readonly id: string;
  readonly name: string;
  readonly data: AttemptJob;
  readonly retryCount: number;
  readonly heartbeatSeconds: number | null;
}

/** A piece that an agent wrote. */
export interface LogPiece {
  readonly jobId: string;
  readonly seq: number;
  readonly stream: LogStream;
  readonly text: string;
  readonly writtenAt: number;
}

/** Why a worker stops an attempt. */
export type WorkerStop =
  /** The engine asked for it. */
  | {
      readonly by: "engine";
      readonly reason: "cancelled" | "interrupted";
      readonly explanation?: string;
    }
  /** The worker stops. */
  | { readonly by: "worker" }
  /** The attempt no longer belongs to this worker, or it cannot be known whether it does. */
  | { readonly by: "loss" };

const MESSAGE_OF_STOP = {
  worker: "the worker that performed it was stopped",
  loss: "its worker could not reach the queue's database",
} as const;

/** One attempt that this worker performs. */
export class HeldJob implements StopSignal, GuardedLease {
  readonly job: TakenJob;
  readonly agentId: string;
  /** What the agent is asked. Undefined until it has been read. */
  request: AttemptRequest | undefined;
  /** Until when, on the monotonic clock, no other process can have given the attempt up. */
  certainUntil: number;
  /** Pieces that are not stored yet. */
  readonly unwritten: LogPiece[] = [];
  logged = 0;
  #stop: WorkerStop | undefined;
  #onAbort: (() => void) | undefined;

  constructor(job: TakenJob, agentId: string, takenAt: number) {
    this.job = job;
    this.agentId = agentId;
    this.certainUntil = takenAt + this.heartbeatMs;
  }

  // --- for the guard of its programs

  get runId(): string {
    return this.job.id;
  }

  get lease(): { readonly until: number } {
    return { until: systemPorts.clock.now() + this.certainUntil - performance.now() };
  }

  get heartbeatMs(): number {
    const { heartbeatSeconds } = this.job;
    return heartbeatSeconds === null ? DEFAULT_HEARTBEAT_MS : heartbeatSeconds * 1000;
  }

  /** A heartbeat that was sent at an instant of the monotonic clock has arrived. */
  renewed(sentAt: number): void {
    // Answers can overtake each other.
    this.certainUntil = Math.max(this.certainUntil, sentAt + this.heartbeatMs);
  }

  /** Stops the agent. The first reason counts. */
  stop(stop: WorkerStop): void {
    if (this.#stop !== undefined) return;
    this.#stop = stop;
    this.#onAbort?.();
  }

  /** Whether the outcome would be declined. */
  get isLost(): boolean {
    return this.#stop?.by === "loss";
  }

  // --- for performAttempt

  get aborted(): boolean {
    return this.#stop !== undefined;
  }

  get reason(): unknown {
    return this.#stop?.by === "engine" ? this.#stop.reason : "interrupted";
  }

  get explanation(): string | undefined {
    return this.#stop?.by === "engine" ? this.#stop.explanation : undefined;
  }

  addEventListener(_type: "abort", listener: () => void): void {
    this.#onAbort = listener;
  }

  removeEventListener(): void {
    this.#onAbort = undefined;
  }

  /**
   * Has the agent perform the attempt. `readText` returns a stored text by its digest. Never
   * rejects.
   */
  async perform(
    agent: Agent | undefined,
    request: AttemptRequest,
    host: Omit<AttemptOptions, "clock" | "signal" | "log" | "runDirectory" | "effectKey">,
    readText: (sha256: string) => Promise<string | undefined>,
  ): Promise<Outcome> {
    const { usesDirectory, effectKey } = this.job.data;
    const perform = (runDirectory?: string): Promise<Outcome> =>
      performAttempt(agent, request, {
        ...host,
        clock: systemPorts.clock,
        signal: this,
        log: (text, stream, agoMs = 0) => this.#log(text, stream, agoMs),
        ...(runDirectory !== undefined && { runDirectory }),
        ...(effectKey !== undefined && { effectKey: () => effectKey }),
      });
    if (usesDirectory !== true) return this.#explained(await perform());
    const read = ({ artifact }: KeptFile) => readText(artifact);
    try {
      return this.#explained(await inAttemptDirectory(request.keptFiles ?? [], read, perform));
    } catch (error) {
      const sentence = `its directory cannot be made: ${messageOf(error)}`;
      const reason = isPassing(error) ? "interrupted" : "error";
      return { ok: false, error: sentence, reason, at: Date.now() };
    }
  }

  #log(text: string, stream: LogStream, agoMs: number): void {
    this.logged += 1;
    const writtenAt = Date.now() - agoMs;
    this.unwritten.push({ jobId: this.job.id, seq: this.logged, stream, text, writtenAt });
  }

  // The engine has not stopped it, so the sentence about a stopped engine would be wrong.
  #explained(outcome: Outcome): Outcome {
    const by = this.#stop?.by;
    if (outcome.ok || outcome.reason !== "interrupted" || by === undefined || by === "engine")
      return outcome;
    return { ...outcome, ...interrupted(MESSAGE_OF_STOP[by], outcome.at) };
  }
}
