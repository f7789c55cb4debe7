import type { RemoteAgent } from "@automatosx/workflow/drive";
import type { QueueWorker, ServeOptions } from "./QueueWorker.js";

/** What `openAttemptQueue` needs. */
export interface AttemptQueueOptions {
  /** `postgres://USER:PASSWORD@HOST:PORT/DATABASE`. */
  readonly url: string;
  /**
   * How long a worker may be silent before its attempts are lost and repeated elsewhere, in ms; at
   * least 10,000. Default: 45,000, with which a server may be away for 15 seconds before programs
   * are stopped. It applies to the attempts that this process sends.
   */
  readonly heartbeatMs?: number;
  /** How many connections are opened at most, besides one that listens. Default: 8. */
  readonly maxConnections?: number;
  /** The name of the connections in `pg_stat_activity`. Default: `axw queue`. */
  readonly applicationName?: string;
}

/** What an engine must know of an agent that works elsewhere. */
export interface QueueAgentOptions {
  /** True if the workers' agent can continue a copy of an earlier conversation. */
  readonly sessions?: boolean;
  /** How long the workers' agent may take to stop, in ms. Default: 30,000. */
  readonly stopMs?: number;
}

/**
 * Attempts in a PostgreSQL database, from which any number of workers take them. Several processes
 * can use one queue; an engine sends attempts, a worker performs them, and one process can do both.
 */
export interface AttemptQueue extends AsyncDisposable {
  /**
   * Returns the agent that has its attempts performed by the workers of this queue; with the id
   * `*`, the attempts of every agent. Register it with the engine like any agent. It resumes:
   * attempts continue while no engine is there.
   */
  agentFor(agentId: string, options?: QueueAgentOptions): RemoteAgent;
  /**
   * Performs attempts in this process until the worker is drained or stopped. Throws
   * `invalid_argument`.
   */
  serve(options: ServeOptions): Promise<QueueWorker>;
  /**
   * Stops the workers of this object and closes the connections. Attempts that others perform
   * continue: close the engine first, which leaves them.
   */
  close(): Promise<void>;
}
