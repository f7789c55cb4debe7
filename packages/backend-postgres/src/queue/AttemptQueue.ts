import { checkOptions, count, text } from "@automatosx/workflow/checks";
import type { RemoteAgent } from "@automatosx/workflow/drive";
import { Contents } from "./Contents.js";
import { Follower } from "./Follower.js";
import { JobSender } from "./JobSender.js";
import { QueueDatabase } from "./QueueDatabase.js";
import type { QueueParts } from "./QueuedAttempt.js";
import { QueueWorker, type ServeOptions } from "./QueueWorker.js";
import { type QueueAgentOptions, queueAgent } from "./queue-agent.js";

/** How long a worker may be silent before its attempts are lost, in ms. */
const DEFAULT_HEARTBEAT_MS = 20_000;

/** The shortest heartbeat, in ms: pg-boss accepts no shorter one. */
const MIN_HEARTBEAT_MS = 10_000;

/** What `openAttemptQueue` needs. */
export interface AttemptQueueOptions {
  /** `postgres://USER:PASSWORD@HOST:PORT/DATABASE`. */
  readonly url: string;
  /**
   * How long a worker may be silent before its attempts are lost and repeated elsewhere, in ms; at
   * least 10,000. Default: 20,000. It applies to the attempts that this process sends.
   */
  readonly heartbeatMs?: number;
  /** How many connections are opened at most, besides one that listens. Default: 8. */
  readonly maxConnections?: number;
  /** The name of the connections in `pg_stat_activity`. Default: `axw queue`. */
  readonly applicationName?: string;
}

const CHECKS = {
  url: text,
  heartbeatMs: count(MIN_HEARTBEAT_MS),
  // One is held while jobs are taken under a global limit.
  maxConnections: count(2),
  applicationName: text,
};

/**
 * Attempts in a PostgreSQL database, from which any number of workers take them. Several processes
 * can use one queue; an engine sends attempts, a worker performs them, and one process can do both.
 */
export class AttemptQueue implements AsyncDisposable {
  readonly #database: QueueDatabase;
  readonly #parts: QueueParts;
  readonly #workers = new Set<QueueWorker>();

  /** @internal Use `openAttemptQueue`. */
  constructor(database: QueueDatabase, heartbeatMs: number) {
    this.#database = database;
    const contents = new Contents(database);
    const sender = new JobSender(database, Math.ceil(heartbeatMs / 1000));
    this.#parts = { database, contents, sender, follower: new Follower(database, contents) };
  }

  /**
   * Returns the agent that has its attempts performed by the workers of this queue; with the id
   * `*`, the attempts of every agent. Register it with the engine like any agent. It resumes:
   * attempts continue while no engine is there.
   */
  agentFor(agentId: string, options: QueueAgentOptions = {}): RemoteAgent {
    return queueAgent(this.#parts, agentId, options);
  }

  /** Performs attempts in this process until the worker is drained or stopped. */
  async serve(options: ServeOptions): Promise<QueueWorker> {
    const worker = await QueueWorker.start(this.#database, this.#parts.contents, options);
    this.#workers.add(worker);
    return worker;
  }

  /**
   * Stops the workers of this object and closes the connections. Attempts that others perform
   * continue: close the engine first, which leaves them.
   */
  async close(): Promise<void> {
    await Promise.all([...this.#workers].map((worker) => worker.stop()));
    await this.#parts.follower.close();
    await this.#database.close();
  }

  /** Closes the queue, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/**
 * Opens the queue of a database, and creates its tables if they are missing: pg-boss's in the
 * schema `axw_pgboss`, its own in `axw_queue`. Throws `database_unusable` if the server cannot be
 * reached, or `invalid_argument`.
 */
export async function openAttemptQueue(options: AttemptQueueOptions): Promise<AttemptQueue> {
  checkOptions<AttemptQueueOptions>("openAttemptQueue", options, CHECKS);
  const { url, heartbeatMs = DEFAULT_HEARTBEAT_MS } = options;
  const { maxConnections = 8, applicationName = "axw queue" } = options;
  const database = await QueueDatabase.open({ url, maxConnections, applicationName });
  return new AttemptQueue(database, heartbeatMs);
}
