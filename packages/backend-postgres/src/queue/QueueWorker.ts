import type { AgentMap } from "@automatosx/workflow";
import type { AttemptName } from "./attempt-job.js";

/** What happens to an attempt in a worker. */
export type AttemptPhase = "started" | "completed" | "failed" | "interrupted";

/** What a worker performs, and how much of it at once. */
export interface ServeOptions {
  /**
   * Agents by id. `*` performs the attempts of every agent without an entry of its own, but not
   * those of `@run`, which is the performer of `run` steps.
   */
  readonly agents: AgentMap;
  /**
   * How many attempts are performed at once: by this worker in all, or by agent id, where `*`
   * counts the attempts of all other agents together. Default: 1.
   */
  readonly slots?: number | Readonly<Record<string, number>>;
  /**
   * How many attempts of an agent are performed at once by all workers together, by agent id. All
   * workers of the agent must be given the same number.
   */
  readonly maxConcurrent?: Readonly<Record<string, number>>;
  /** Supplies the secrets of this host, for the environment of `run` steps. */
  readonly secrets?: (name: string) => string | undefined;
  /** How long a stopped agent may take before it is abandoned, in ms. Default: 30,000. */
  readonly abandonAfterMs?: number;
  /** Called when an attempt starts and when it ends; `detail` says why it failed. */
  readonly onAttempt?: (attempt: AttemptName, phase: AttemptPhase, detail?: string) => void;
}

/** A process that performs attempts of a queue, until it is drained or stopped. */
export interface QueueWorker {
  /** Identifies this worker. */
  readonly id: string;
  /** How many attempts are being performed. */
  readonly running: number;
  /**
   * Takes no more attempts, waits up to `limitMs` for those being performed, then stops the rest,
   * which are repeated elsewhere without using up a retry. Settles when none is left.
   */
  drain(limitMs: number): Promise<void>;
  /** Takes no more attempts and stops those being performed: `drain(0)`. */
  stop(): Promise<void>;
}
