import type { AgentFactory, AgentMap } from "../agents/AgentDirectory.js";
import type { CheckpointPolicy, LimitOptions } from "../drive/run-policy.js";
import type { OpenQuestion } from "../journal/open-questions.js";
import type { NotifyOptions } from "../notify/Receiver.js";
import type { EnginePorts } from "../ports.js";
import type { RetentionOptions } from "../retention/RetentionPolicy.js";
import type { StoragePort } from "../storage/StoragePort.js";
import type { Secrets } from "./check-secrets.js";

/** How an engine is opened. Every option has a default. */
export interface EngineOptions extends LimitOptions {
  /**
   * The database file. The file and its folder are created if they do not exist. `:memory:` stores
   * nothing on disk. Default `.ax/workflow.db`.
   */
  readonly database?: string;
  /**
   * Whether to create the database and its tables if they do not exist. With false, a file without
   * the tables is refused and stays unchanged. Default true.
   */
  readonly create?: boolean;
  /** An open storage, instead of `database`. The caller closes it. */
  readonly storage?: StoragePort;
  /**
   * How durable a commit is: it survives a power cut (`full`, the default), or only the death of
   * the process (`process`, which is faster).
   */
  readonly durability?: "full" | "process";
  /** The agents that perform steps, by id; `*` applies to every id without its own agent. */
  readonly agents?: AgentMap;
  /**
   * Makes the agents of a workflow file's own `agents:` map, for example with `agentFromDefinition`
   * of @automatosx/agents.
   */
  readonly agentFactory?: AgentFactory;
  /**
   * Supplies the secrets that `run` steps pass to their programs as `secrets.NAME`; undefined for a
   * name that is not known. Called in the process that performs the step. A value is stored nowhere
   * and is masked in what the program prints.
   */
  readonly secrets?: Secrets;
  /**
   * When a run writes automatic checkpoints. Default: after every 100 completed steps, and when a
   * step completes a minute or more after the last checkpoint.
   */
  readonly checkpoint?: CheckpointPolicy;
  /**
   * Called for each question that opens in a run of this engine, once it is durable, and again for
   * those that are open when a run is resumed here. What it throws or rejects with is ignored.
   * Answer with `engine.answer`.
   */
  readonly onAsk?: (question: OpenQuestion) => unknown;
  /**
   * Receives notices of what happens in the runs of this engine, and in runs whose engines died
   * before they could send them: web addresses and programs. A notice is sent at least once, after
   * the commit, in order for each run and receiver. One that cannot be delivered in 12 attempts is
   * given up.
   */
  readonly notify?: NotifyOptions;
  /**
   * Whether this engine executes runs. With false, it is a client of workers, which are engines
   * that `work` on the same database: `enqueue`, `send` and `answer` record what is to be done and
   * leave the run to them, and calls that would execute a run are refused. Default true.
   */
  readonly executes?: boolean;
  /** When this engine opens, resumes every run whose engine has died. Default false. */
  readonly recover?: boolean;
  /** Which ended runs to remove in the background while the engine is open. Default: none. */
  readonly retention?: RetentionOptions;
  /**
   * How long to wait for a stopped agent that ignores its signal before abandoning it, in ms. An
   * agent that needs longer sets `stopMs`. Default 30,000.
   */
  readonly abandonAfterMs?: number;
  /**
   * How long a run stays with this engine if the engine cannot renew its lease, in ms: how soon
   * another engine can resume the runs of one whose process cannot be seen. Leases are renewed
   * every third of it. Agents are stopped before a lease ends that cannot be renewed. At least
   * 2,000; default 30,000. Engines that share a database should have the same value.
   */
  readonly leaseMs?: number;
  /** Clock, ids and randomness; for tests and simulation. */
  readonly ports?: Partial<EnginePorts>;
}

/** How many runs in the database have each status, and how much is active in this engine. */
export interface EngineStats {
  /** Runs with the status `running`, active here or not. */
  readonly running: number;
  /** Completed runs. */
  readonly completed: number;
  /** Failed runs. */
  readonly failed: number;
  /** Paused runs. */
  readonly paused: number;
  /** Cancelled runs. */
  readonly cancelled: number;
  /** Runs that are active in this engine. */
  readonly active: number;
  /** Attempts of active runs whose agents have not settled. */
  readonly stepsInFlight: number;
}
