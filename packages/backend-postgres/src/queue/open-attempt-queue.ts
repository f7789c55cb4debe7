import { checkOptions, count, text } from "@automatosx/workflow/checks";
import type { RemoteAgent } from "@automatosx/workflow/drive";
import { checkUrl } from "../storage/connection/server-url.js";
import type { AttemptQueue, AttemptQueueOptions, QueueAgentOptions } from "./AttemptQueue.js";
import { Contents } from "./Contents.js";
import { Follower } from "./Follower.js";
import { DEFAULT_HEARTBEAT_MS, MIN_HEARTBEAT_MS } from "./heartbeat.js";
import { JobSender } from "./JobSender.js";
import { QueueDatabase } from "./QueueDatabase.js";
import type { QueueParts } from "./QueuedAttempt.js";
import type { QueueWorker, ServeOptions } from "./QueueWorker.js";
import { queueAgent } from "./queue-agent.js";
import { ServingWorker } from "./ServingWorker.js";

const CHECKS = {
  url: checkUrl,
  heartbeatMs: count(MIN_HEARTBEAT_MS),
  // One is held while jobs are taken under a global limit.
  maxConnections: count(2),
  applicationName: text,
};

class OpenQueue implements AttemptQueue {
  readonly #database: QueueDatabase;
  readonly #parts: QueueParts;
  readonly #workers = new Set<ServingWorker>();

  constructor(database: QueueDatabase, heartbeatMs: number) {
    this.#database = database;
    const contents = new Contents(database);
    const sender = new JobSender(database, Math.ceil(heartbeatMs / 1000));
    this.#parts = { database, contents, sender, follower: new Follower(database, contents) };
  }

  agentFor(agentId: string, options: QueueAgentOptions = {}): RemoteAgent {
    return queueAgent(this.#parts, agentId, options);
  }

  async serve(options: ServeOptions): Promise<QueueWorker> {
    const worker = await ServingWorker.start(this.#database, this.#parts.contents, options);
    this.#workers.add(worker);
    return worker;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#workers].map((worker) => worker.stop()));
    await this.#parts.follower.close();
    await this.#database.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/**
 * Opens the queue of a database, and creates its tables if they are missing: pg-boss's in the
 * schema `axw_pgboss`, its own in `axw_queue`. Throws `database_*`, with
 * `database_busy` if the server cannot be reached, or `invalid_argument`.
 */
export async function openAttemptQueue(options: AttemptQueueOptions): Promise<AttemptQueue> {
  checkOptions<AttemptQueueOptions>("openAttemptQueue", options, CHECKS);
  const { url, heartbeatMs = DEFAULT_HEARTBEAT_MS } = options;
  const { maxConnections = 8, applicationName = "axw queue" } = options;
  const database = await QueueDatabase.open({ url, maxConnections, applicationName });
  return new OpenQueue(database, heartbeatMs);
}
