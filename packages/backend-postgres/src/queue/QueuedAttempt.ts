import {
  type AttemptOptions,
  type AttemptRequest,
  type KeptFile,
  type Outcome,
  outcomeOfStop,
  stopMessage,
} from "@automatosx/workflow/drive";
import { messageOf } from "@automatosx/workflow/errors";
import type { AttemptJob } from "./attempt-job.js";
import type { Contents } from "./Contents.js";
import type { Follower } from "./Follower.js";
import type { JobSender } from "./JobSender.js";
import { isPassing, type QueueDatabase } from "./QueueDatabase.js";
import { jobIdOf, queueOfAgent, stepKeyOf } from "./queue-names.js";
import { stopJob } from "./stop-job.js";

/** How long to wait before a call is tried again that did not reach the server, in ms. */
const RETRY_MS = 250;

/** What all attempts of an engine share. */
export interface QueueParts {
  readonly database: QueueDatabase;
  readonly contents: Contents;
  readonly sender: JobSender;
  readonly follower: Follower;
}

/** One attempt whose agent works elsewhere, as the engine sees it. */
export class QueuedAttempt {
  readonly #parts: QueueParts;
  readonly #request: AttemptRequest;
  readonly #options: AttemptOptions;
  readonly #abandonAfterMs: number;
  readonly #jobId: string;
  readonly #ended = Promise.withResolvers<Outcome>();
  readonly #aborted = Promise.withResolvers<void>();

  // `options` is not copied: its members may be on its prototype.
  constructor(
    parts: QueueParts,
    request: AttemptRequest,
    options: AttemptOptions,
    abandonAfterMs: number,
  ) {
    this.#abandonAfterMs = abandonAfterMs;
    this.#parts = parts;
    this.#request = request;
    this.#options = options;
    this.#jobId = jobIdOf(request.idempotencyKey);
  }

  /** Has the attempt performed, or joins it. Never rejects. */
  async perform(): Promise<Outcome> {
    const { signal } = this.#options;
    const onAbort = (): void => this.#aborted.resolve();
    signal.addEventListener("abort", onAbort);
    if (signal.aborted) onAbort();
    try {
      // An aborted attempt whose job may have been stored all the same must still be stopped.
      await this.#retried(() => this.#send());
      this.#follow();
      void this.#aborted.promise.then(() => this.#stop());
      return await this.#ended.promise;
    } catch (error) {
      const message = `it cannot be queued: ${messageOf(error)}`;
      return { ok: false, error: message, reason: "error", at: this.#now() };
    } finally {
      signal.removeEventListener("abort", onAbort);
      this.#parts.follower.leave(this.#jobId);
    }
  }

  async #send(): Promise<void> {
    const { agentId } = this.#request;
    await this.#parts.sender.send({ jobId: this.#jobId, agentId, content: await this.#content() });
  }

  async #content(): Promise<AttemptJob> {
    const { keptFiles = [] } = this.#request;
    const texts = keptFiles.map((file) => [file.artifact, () => this.#stored(file)] as const);
    if (texts.length > 0) await this.#parts.contents.keep(new Map(texts));
    const effectKey = this.#options.effectKey?.();
    return {
      request: await this.#parts.contents.store(this.#request),
      ...(effectKey !== undefined && { effectKey }),
      ...(this.#options.runDirectory !== undefined && { usesDirectory: true as const }),
    };
  }

  #stored(file: KeptFile): string {
    const stored = this.#options.storedFile?.(file);
    if (stored !== undefined) return stored;
    throw new Error(`the stored content of the file \`${file.path}\` is missing`);
  }

  #follow(): void {
    this.#parts.follower.follow({
      jobId: this.#jobId,
      queue: queueOfAgent(this.#request.agentId),
      stepKey: stepKeyOf(this.#request.idempotencyKey),
      log: (text, stream, agoMs) => this.#options.log?.(text, stream, agoMs),
      ended: (outcome) => this.#ended.resolve(outcome),
    });
  }

  // --- stopping it

  async #stop(): Promise<void> {
    if (this.#options.signal.reason === "released")
      return this.#ended.resolve(this.#outcomeOfAbort());
    const abandoning = setTimeout(() => this.#abandon(), this.#abandonAfterMs);
    void this.#ended.promise.then(() => clearTimeout(abandoning));
    try {
      const { reason, explanation } = this.#options.signal;
      const asked = {
        jobId: this.#jobId,
        queue: queueOfAgent(this.#request.agentId),
        reason: reason === "cancelled" ? ("cancelled" as const) : ("interrupted" as const),
        explanation,
      };
      const hasBegun = await this.#retried(
        () => stopJob(this.#parts.database, asked),
        this.#ended.promise,
      );
      if (hasBegun?.value === false) this.#ended.resolve(this.#outcomeOfAbort());
    } catch {
      // It is abandoned at the end of its time.
    }
  }

  // Whatever the worker still does is declined.
  #abandon(): void {
    const { database } = this.#parts;
    const queue = queueOfAgent(this.#request.agentId);
    database.boss.cancel(queue, this.#jobId).catch(() => undefined);
    const after = `${this.#abandonAfterMs} ms`;
    const error = `the agent did not stop within ${after} and was abandoned`;
    this.#ended.resolve({ ...this.#outcomeOfAbort(), ok: false, error, reason: "interrupted" });
  }

  #outcomeOfAbort(): Outcome {
    const reason = this.#options.signal.reason === "cancelled" ? "cancelled" : "interrupted";
    return outcomeOfStop(reason, stopMessage(reason, this.#request), this.#now());
  }

  /** Repeats a call that did not reach the server; undefined once the attempt has ended. */
  async #retried<T>(
    call: () => Promise<T>,
    until: Promise<unknown> = this.#aborted.promise,
  ): Promise<{ readonly value: T } | undefined> {
    let isOver = false;
    const over = until.then(() => (isOver = true));
    while (!isOver) {
      try {
        return { value: await call() };
      } catch (error) {
        if (!isPassing(error)) throw error;
        await Promise.race([over, new Promise((resolve) => setTimeout(resolve, RETRY_MS))]);
      }
    }
    return undefined;
  }

  #now(): number {
    return this.#options.clock.now();
  }
}
