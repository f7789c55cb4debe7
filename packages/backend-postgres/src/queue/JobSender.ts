import type { PgBoss } from "pg-boss";
import type { AttemptJob } from "./attempt-job.js";
import type { QueueDatabase } from "./QueueDatabase.js";

/** How many jobs are stored with one statement. */
const BATCH_SIZE = 200;

/** How many characters of jobs are stored with one statement. */
const BATCH_CHARS = 4_000_000;

/** A job to store. */
export interface NewJob {
  readonly jobId: string;
  readonly agentId: string;
  readonly content: AttemptJob;
}

interface Waiting extends NewJob {
  readonly settled: PromiseWithResolvers<void>;
}

/** Stores jobs: those of one turn of the event loop together. */
export class JobSender {
  readonly #database: QueueDatabase;
  readonly #heartbeatSeconds: number;
  readonly #waiting = new Map<string, Waiting[]>();
  readonly #sending = new Set<string>();

  constructor(database: QueueDatabase, heartbeatSeconds: number) {
    this.#database = database;
    this.#heartbeatSeconds = heartbeatSeconds;
  }

  /** Settles when the job is stored, or was stored before. */
  send(job: NewJob): Promise<void> {
    const settled = Promise.withResolvers<void>();
    const waiting = this.#waiting.get(job.agentId) ?? [];
    this.#waiting.set(job.agentId, waiting);
    waiting.push({ ...job, settled });
    if (waiting.length === 1) setImmediate(() => void this.#drain(job.agentId));
    return settled.promise;
  }

  async #drain(agentId: string): Promise<void> {
    // What arrives while a batch is stored becomes the next batch.
    if (this.#sending.has(agentId)) return;
    this.#sending.add(agentId);
    try {
      for (;;) {
        const batch = takeBatch(this.#waiting.get(agentId) ?? []);
        if (batch.length === 0) return;
        await this.#store(agentId, batch);
      }
    } finally {
      this.#sending.delete(agentId);
      this.#waiting.delete(agentId);
    }
  }

  async #store(agentId: string, batch: readonly Waiting[]): Promise<void> {
    try {
      const queue = await this.#database.queueFor(agentId);
      await this.#insert(this.#database.boss, queue, batch);
      for (const { settled } of batch) settled.resolve();
    } catch (error) {
      for (const { settled } of batch) settled.reject(error);
      return;
    }
    this.#database.announce("job", [encodeURIComponent(agentId)]);
  }

  async #insert(boss: PgBoss, queue: string, batch: readonly Waiting[]): Promise<void> {
    const jobs = batch.map(({ jobId, content }) => ({
      id: jobId,
      data: content,
      heartbeatSeconds: this.#heartbeatSeconds,
      // All jobs of a queue are one group, so that a limit per group limits the agent.
      group: { id: "agent" },
    }));
    await boss.insert(queue, jobs);
  }
}

function takeBatch(waiting: Waiting[]): readonly Waiting[] {
  let chars = 0;
  let count = 0;
  for (const { content } of waiting) {
    chars += content.request.json.length;
    if (count > 0 && (count === BATCH_SIZE || chars > BATCH_CHARS)) break;
    count += 1;
  }
  return waiting.splice(0, count);
}
