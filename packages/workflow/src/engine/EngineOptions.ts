import type { AgentFactory, AgentMap } from "../agents/AgentDirectory.js";
import type { WorkflowFormat } from "../definition/PreparedWorkflow.js";
import type { CheckpointPolicy, LimitOptions } from "../drive/run-policy.js";
import type { EnginePorts } from "../ports.js";
import type { RetentionOptions } from "../retention/RetentionPolicy.js";
import type { StoragePort } from "../storage/StoragePort.js";

export interface EngineOptions extends LimitOptions {
  /** The database file; its folder is made when it is missing. `:memory:` keeps nothing. Default `.ax/workflow.db`. */
  readonly database?: string;
  /** A storage that is open already, instead of `database`; it stays the caller's to close. */
  readonly storage?: StoragePort;
  /** `full` (the default) survives power loss; `process` only the death of the process, and is faster. */
  readonly durability?: "full" | "process";
  /** Who performs the steps, by agent id; `*` stands for every id that is not named. */
  readonly agents?: AgentMap;
  /** Makes agents of a workflow file's own `agents:` map; `agentFromDefinition` of @automatosx/agents is one. */
  readonly agentFactory?: AgentFactory;
  /** When a checkpoint is written unasked: by default after 100 completed steps, or after a minute. */
  readonly checkpoint?: CheckpointPolicy;
  /** Takes up every run whose owner is dead, when the engine opens. Default false. */
  readonly recover?: boolean;
  /** What is kept of runs that have ended; looked after in the background while the engine is open. By default everything. */
  readonly retention?: RetentionOptions;
  /** How long an aborted agent that does not heed its signal is waited for, in ms; one that needs longer says so (`stopMs`). Default 30,000. */
  readonly abandonAfterMs?: number;
  /** Time, ids and chance; for tests and simulation. */
  readonly ports?: Partial<EnginePorts>;
}

export interface StartOptions extends LimitOptions {
  /**
   * What the run is called; by default an id of its own is made. When there is a run of this id already, begun with the same workflow,
   * inputs and context, that one is meant: it goes on as by `resume`, from the process that died too, and one that is completed or cancelled
   * is given with its ending. So whoever does not know whether a start came through may start again.
   */
  readonly runId?: string;
  /** The format of a text. By default `json` for a text that begins with `{`, else `yaml`. */
  readonly format?: WorkflowFormat;
  /** Values for the workflow's declared `inputs`. */
  readonly inputs?: Readonly<Record<string, unknown>>;
  /** Put on top of the workflow's own `context`. */
  readonly context?: Readonly<Record<string, unknown>>;
  /** Cancels the run. */
  readonly signal?: AbortSignal;
}

/** How many runs stand how, and what this engine has in hand. */
export interface EngineStats {
  readonly running: number;
  readonly completed: number;
  readonly failed: number;
  readonly paused: number;
  readonly cancelled: number;
  /** Runs that this engine is working on. */
  readonly active: number;
  /** Attempts of theirs in flight. */
  readonly stepsInFlight: number;
}
