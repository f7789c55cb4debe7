import type { FailureReason, UsageAmounts } from "@automatosx/rescript-core";
import type { RunPlan } from "./Run.js";

/** What an attempt is given. Everything is rendered. */
export interface LaunchRequest {
  readonly path: string;
  /** The agent that was chosen; `@run` for a program. */
  readonly agentId: string;
  readonly attemptNumber: number;
  readonly task: string;
  readonly with?: unknown;
  /** The program of a `run` step. */
  readonly run?: unknown;
  readonly files?: readonly string[];
  /** The JSON Schema of its answer. */
  readonly output?: unknown;
  readonly previousResults: Readonly<Record<string, unknown>>;
  /** Why the last answer would not do. */
  readonly feedback?: { readonly error: string; readonly answer: unknown };
  /** The conversation that it continues a copy of. */
  readonly session?: string;
}

/** What comes of an attempt. */
export type LaunchReply = (
  | { readonly result: unknown }
  | {
      readonly failed: FailureReason;
      readonly message?: string;
      /** For `rate_limit`: how long until the provider answers again. */
      readonly retryAfterMs?: number;
      /** For `rate_limit`: the quota that is used up, where it is not the agent's own. */
      readonly scope?: string;
    }
  /** The answer does not do although it may fit the schema: a file is missing. */
  | { readonly misfit: string }
) & {
  /** How long it takes. Default 0. */
  readonly afterMs?: number;
  /** What it has used. */
  readonly usage?: UsageAmounts;
  /** The conversation that it leaves. */
  readonly session?: string;
  /** What the files hold that its step declares, by their paths. */
  readonly files?: Readonly<Record<string, string>>;
};

/** A workflow in normal form, as far as a run of it needs it. */
export interface InterpretedWorkflow extends RunPlan {
  readonly id: string;
  readonly name?: string;
  readonly version?: string;
  readonly concurrency?: number;
  readonly agentConcurrency?: Readonly<Record<string, number>>;
}

export interface InterpreterOptions {
  /** Answers an attempt. */
  readonly launch: (request: LaunchRequest) => LaunchReply;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly context?: Readonly<Record<string, unknown>>;
  /** Further names, such as `secrets`. */
  readonly roots?: Readonly<Record<string, unknown>>;
  /**
   * A number in [0, 1), asked wherever the language leaves an order open and for the jitter of
   * retries. By default the first of what may come next comes next.
   */
  readonly chance?: () => number;
}
