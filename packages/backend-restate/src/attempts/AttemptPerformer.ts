import { type Agent, type Clock, type Secrets } from "@automatosx/workflow";
import {
  type AttemptBeginning,
  AttemptGuard,
  failure,
  inAttemptDirectory,
  type KeptFile,
  type Outcome,
  performAttempt,
} from "@automatosx/workflow/drive";
import { messageOf } from "@automatosx/workflow/errors";
import { effectKeyOf, type LogChunk } from "@automatosx/workflow/hosting";
import type { AttemptAnswer, AttemptMessage } from "../wire.js";
import type { ArtifactStore } from "./ArtifactStore.js";
import { requestOf, sendable } from "./attempt-content.js";
import type { ProcessFiles } from "./ProcessFiles.js";
import { Slots } from "./Slots.js";

/** How long a stopped agent may take to settle before it is abandoned, in ms. */
const ABANDON_MS = 30_000;

/** What a worker needs to perform attempts. */
export interface PerformerOptions {
  readonly agents: Readonly<Record<string, Agent>>;
  readonly artifacts: ArtifactStore;
  readonly clock: Clock;
  /** Records the processes of agents. */
  readonly processes: ProcessFiles;
  readonly slots?: Readonly<Record<string, number>> | undefined;
  readonly graceMs?: number | undefined;
  readonly secrets?: Secrets | undefined;
  /** Stores output of agents; absent if nothing keeps it. */
  readonly log?: ((chunk: LogChunk) => void) | undefined;
}

/** The attempts of a worker: their slots, the guard, and the agents that perform them. */
export class AttemptPerformer {
  readonly guard: AttemptGuard;
  readonly slots: Slots;
  readonly #options: PerformerOptions;
  #isDraining = false;
  #elsewhere: ReadonlySet<string> = new Set();

  constructor(options: PerformerOptions) {
    const { clock, graceMs, slots } = options;
    this.#options = options;
    this.guard = new AttemptGuard(clock, graceMs === undefined ? {} : { graceMs });
    this.slots = new Slots(slots);
  }

  /**
   * Begins no further attempt. The server offers them again, until another worker takes them; those
   * of agents that a newer worker has are begun there.
   */
  drain(elsewhere: ReadonlySet<string> = new Set()): void {
    this.#isDraining = true;
    this.#elsewhere = elsewhere;
  }

  /**
   * Waits for a slot, then returns what to record before the attempt; or the outcome of an attempt
   * that must be begun elsewhere.
   */
  async begin(
    agentId: string,
    { idempotencyKey }: AttemptMessage,
    connection: AbortSignal,
  ): Promise<AttemptBeginning | { readonly handedOver: AttemptAnswer }> {
    if (!this.#isDraining) await this.slots.take(agentId, idempotencyKey, connection);
    connection.addEventListener("abort", () => this.#freeUnused(agentId, idempotencyKey), {
      once: true,
    });
    if (!this.#isDraining) return this.guard.begin();
    this.slots.free(agentId, idempotencyKey);
    // The server would offer it to no other worker, but it can begin the next attempt there.
    if (!this.#elsewhere.has(agentId))
      throw new Error("This worker is stopping, and begins no attempt.");
    const message = "the worker that was to perform it is being replaced";
    return { handedOver: failure(message, "interrupted", this.#options.clock.now()) };
  }

  /** Returns the outcome of the one execution of an attempt. Never rejects. */
  perform(
    agentId: string,
    message: AttemptMessage,
    begun: AttemptBeginning,
    connection?: AbortSignal,
  ): Promise<AttemptAnswer> {
    const { idempotencyKey } = message;
    return this.guard.guardAttempt(idempotencyKey, {
      begun,
      ...(connection !== undefined && { connection }),
      perform: async (signal) => {
        try {
          // It has one already, unless the server has lost the attempt before it was performed.
          await this.slots.take(agentId, idempotencyKey, signal);
          return await this.#perform(agentId, message, signal);
        } catch (error) {
          return failure(messageOf(error), "error", this.#options.clock.now());
        } finally {
          this.#options.processes.forget(idempotencyKey);
          this.slots.free(agentId, idempotencyKey);
        }
      },
    });
  }

  async #perform(
    agentId: string,
    message: AttemptMessage,
    signal: AbortSignal,
  ): Promise<AttemptAnswer> {
    const { clock, secrets, log, processes } = this.#options;
    const { idempotencyKey } = message;
    const { runId, stepId, attemptNumber, effectKey } = message;
    const request = requestOf(message, this.#options.artifacts);
    const agent = this.#options.agents[agentId];
    if (typeof agent === "object" && agent.reclaim !== undefined)
      processes.begin(agentId, idempotencyKey);
    const perform = (runDirectory?: string): Promise<Outcome> =>
      performAttempt(agent, request, {
        clock,
        signal,
        abandonAfterMs: ABANDON_MS,
        attemptToken: processes.tokenOf(idempotencyKey),
        recordProcess: async (started) => processes.record(agentId, idempotencyKey, started),
        ...(runDirectory !== undefined && { runDirectory }),
        ...(secrets !== undefined && { secrets }),
        ...(effectKey !== undefined && {
          effectKey: () => effectKeyOf(runOfKey(message), stepId, effectKey),
        }),
        ...(log !== undefined && {
          log: (text, stream, agoMs = 0) =>
            log({ runId, stepId, attemptNumber, stream, at: clock.now() - agoMs, text }),
        }),
      });
    const { keptFiles } = request;
    const read = ({ artifact }: KeptFile) => this.#options.artifacts.get(artifact);
    const outcome =
      keptFiles === undefined
        ? await perform()
        : await inAttemptDirectory(keptFiles, read, perform);
    return sendable(this.#withStoredFiles(outcome), message, this.#options.artifacts);
  }

  // The contents of files are kept where the rows of the run find them.
  #withStoredFiles(outcome: Outcome): Outcome {
    if (!outcome.ok || outcome.artifacts === undefined) return outcome;
    const { artifacts, ...rest } = outcome;
    for (const { content } of artifacts) this.#options.artifacts.put(content);
    return rest;
  }

  // The server may offer the attempt to another worker.
  #freeUnused(agentId: string, key: string): void {
    if (!this.guard.isRunning(key)) this.slots.free(agentId, key);
  }
}

// The name of the run in the keys of its attempts.
function runOfKey({ idempotencyKey, runId }: AttemptMessage): {
  readonly runId: string;
  readonly createdAt: number;
} {
  const name = idempotencyKey.slice(0, idempotencyKey.indexOf("/"));
  return { runId, createdAt: Number(name.slice(runId.length + 1)) };
}
