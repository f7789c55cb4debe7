import type { LogStream } from "@automatosx/workflow";
import type { QueueDatabase } from "./QueueDatabase.js";

/** How many pieces are read with one statement. */
const BATCH_SIZE = 500;

/**
 * How long pieces are kept after they were passed on, in ms. The engine stores them within this
 * time, so an engine that dies loses none; the next one may be given the last ones twice.
 */
const CONFIRM_MS = 2000;

/** Receives a piece of output that was written `agoMs` ago. */
export type LogSink = (text: string, stream: LogStream, agoMs: number) => void;

interface LogRow {
  readonly jobId: string;
  readonly seq: number;
  readonly stream: LogStream;
  readonly text: string;
  readonly agoMs: number;
}

interface Read {
  readonly jobId: string;
  readonly seq: number;
  readonly readAt: number;
}

/** Passes on what the agents of other processes write. */
export class LogReader {
  readonly #database: QueueDatabase;
  /** The number of the last piece that was passed on, by job. */
  readonly #positions = new Map<string, number>();
  #unconfirmed: Read[] = [];

  constructor(database: QueueDatabase) {
    this.#database = database;
  }

  /** Whether pieces were passed on that are still stored. */
  get hasUnconfirmed(): boolean {
    return this.#unconfirmed.length > 0;
  }

  /** Passes on the new pieces of some jobs. */
  async read(jobs: readonly { readonly jobId: string; readonly log: LogSink }[]): Promise<void> {
    const sinks = new Map(jobs.map(({ jobId, log }) => [jobId, log]));
    while (sinks.size > 0) {
      const ids = [...sinks.keys()];
      const rows = await this.#database.query<LogRow>(
        `SELECT l.job_id AS "jobId", l.seq, l.stream, l.text,
           extract(epoch FROM clock_timestamp() - l.written_at)::float8 * 1000 AS "agoMs"
         FROM unnest($1::uuid[], $2::int[]) AS f (id, seq)
         JOIN axw_queue.attempt_logs l ON l.job_id = f.id AND l.seq > f.seq
         ORDER BY l.job_id, l.seq LIMIT ${BATCH_SIZE}`,
        [ids, ids.map((id) => this.#positions.get(id) ?? 0)],
      );
      for (const { jobId, seq, stream, text, agoMs } of rows) {
        this.#positions.set(jobId, seq);
        sinks.get(jobId)?.(JSON.parse(text) as string, stream, Math.max(0, agoMs));
      }
      const readAt = performance.now();
      for (const jobId of new Set(rows.map((row) => row.jobId)))
        this.#unconfirmed.push({ jobId, seq: this.#positions.get(jobId) ?? 0, readAt });
      if (rows.length < BATCH_SIZE) return;
    }
  }

  /** Passes on the pieces of a job up to a number. */
  async readUpTo(
    job: { readonly jobId: string; readonly log: LogSink },
    seq: number,
  ): Promise<void> {
    if ((this.#positions.get(job.jobId) ?? 0) < seq) await this.read([job]);
  }

  /** The job writes no more. */
  ended(jobId: string): void {
    this.#positions.delete(jobId);
  }

  /** Removes the pieces that the engine has stored by now. */
  async confirm(): Promise<void> {
    const before = performance.now() - CONFIRM_MS;
    const stored = this.#unconfirmed.filter(({ readAt }) => readAt <= before);
    if (stored.length === 0) return;
    await this.#database.query(
      `DELETE FROM axw_queue.attempt_logs l USING unnest($1::uuid[], $2::int[]) AS f (id, seq)
       WHERE l.job_id = f.id AND l.seq <= f.seq`,
      [stored.map(({ jobId }) => jobId), stored.map(({ seq }) => seq)],
    );
    this.#unconfirmed = this.#unconfirmed.filter(({ readAt }) => readAt > before);
  }

  /** Removes what was passed on, if the server can be reached. */
  async close(): Promise<void> {
    this.#unconfirmed = this.#unconfirmed.map((one) => ({ ...one, readAt: -CONFIRM_MS }));
    await this.confirm().catch(() => undefined);
  }
}
