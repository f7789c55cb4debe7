import type { AgentFactory, AgentMap } from "../agents/AgentDirectory.js";
import type { CheckpointPolicy, LimitOptions } from "../drive/run-policy.js";
import type { EnginePorts } from "../ports.js";
import type { RetentionOptions } from "../retention/RetentionPolicy.js";
import type { StoragePort } from "../storage/StoragePort.js";

/** How an engine is opened. Every option has a default. */
export interface EngineOptions extends LimitOptions {
  /**
   * The database file. It and its folder are created when they are missing. `:memory:` keeps
   * nothing. Default `.ax/workflow.db`.
   */
  readonly database?: string;
  /** An open storage, instead of `database`. The caller closes it. */
  readonly storage?: StoragePort;
  /**
   * What a commit survives: a power cut (`full`, the default), or only the death of the process
   * (`process`), which is faster.
   */
  readonly durability?: "full" | "process";
  /** The agents that perform steps, by id; `*` stands for every id that has no agent of its own. */
  readonly agents?: AgentMap;
  /**
   * Makes the agents of a workflow file's own `agents:` map, for example with `agentFromDefinition`
   * of @automatosx/agents.
   */
  readonly agentFactory?: AgentFactory;
  /**
   * When a run writes checkpoints on its own. Default: after 100 completed steps, and at the first
   * that completes more than a minute after the last checkpoint.
   */
  readonly checkpoint?: CheckpointPolicy;
  /** Resumes every run whose engine has died, when this one opens. Default false. */
  readonly recover?: boolean;
  /** Which ended runs to remove, in the background while the engine is open. Default: none. */
  readonly retention?: RetentionOptions;
  /**
   * How long a stopped agent that ignores its signal is awaited, in ms, before it is abandoned. An
   * agent that needs longer says so with `stopMs`. Default 30,000.
   */
  readonly abandonAfterMs?: number;
  /** Time, ids and chance; for tests and simulation. */
  readonly ports?: Partial<EnginePorts>;
}

/** How many runs of the database have each status, and what this engine is working on. */
export interface EngineStats {
  readonly running: number;
  readonly completed: number;
  readonly failed: number;
  readonly paused: number;
  readonly cancelled: number;
  /** Runs that are active in this engine. */
  readonly active: number;
  /** Attempts of active runs whose agents have not settled. */
  readonly stepsInFlight: number;
}
