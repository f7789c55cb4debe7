import { EndedRuns } from "./EndedRuns.js";
import type { HeldJob } from "./HeldJob.js";
import { BEAT_AGAIN_MS, beatMsOf } from "./heartbeat.js";
import { isPassing, type QueueDatabase } from "./QueueDatabase.js";
import { JOB_SCHEMA } from "./queue-tables.js";

/** How often the jobs are read, in ms: an agent learns of a stop within this time. */
const WATCH_MS = 500;

/** How often a worker looks for attempts whose runs have ended, in ms. */
const ENDED_MS = 2000;

/** How often a worker checks whether it may still perform its attempts, in ms. */
const FENCE_MS = 100;

/** How often what agents write is stored, in ms. */
const LOG_MS = 200;

/** How many pieces of output are stored with one statement. */
const LOG_BATCH = 500;

interface WatchedRow {
  readonly id: string;
  readonly isActive: boolean;
  readonly reason: "cancelled" | "interrupted" | null;
  readonly explanation: string | null;
}

/** What `HeldJobs` needs of the database of the queue. */
export type HeldJobsDatabase = Pick<QueueDatabase, "query" | "announce" | "onNotice"> & {
  readonly boss: Pick<QueueDatabase["boss"], "touch">;
};

/**
 * The attempts that this worker performs: sends their heartbeats, hears of stops, stores what their
 * agents write. When the database cannot be reached, it stops the agents before another process can
 * give their attempts up.
 */
export class HeldJobs {
  readonly #database: HeldJobsDatabase;
  readonly #stopMs: (agentId: string) => number;
  readonly #onBeat: () => void;
  readonly #jobs = new Map<string, HeldJob>();
  readonly #timers: NodeJS.Timeout[];
  readonly #stopListening: () => void;
  readonly #endedRuns: EndedRuns;
  readonly #emptied = new Set<() => void>();
  readonly #busy = new Set<string>();
  #beatAt = Number.NEGATIVE_INFINITY;
  #beatSentAt = Number.NEGATIVE_INFINITY;
  #beatsUnderway = 0;
  #writing: Promise<void> = Promise.resolve();

  /**
   * `onBeat` is called when heartbeats have arrived; `stopMs` returns how long an agent may take to
   * stop.
   */
  constructor(
    database: HeldJobsDatabase,
    { stopMs, onBeat }: { stopMs: (agentId: string) => number; onBeat: () => void },
  ) {
    this.#database = database;
    this.#stopMs = stopMs;
    this.#onBeat = onBeat;
    this.#endedRuns = new EndedRuns(database);
    this.#timers = [
      setInterval(() => this.#once("watch", () => this.#watch()), WATCH_MS),
      setInterval(() => this.#once("ended", () => this.#stopEnded()), ENDED_MS),
      setInterval(() => this.#once("write", () => this.writeLogs()), LOG_MS),
      setInterval(() => {
        this.#fence();
        this.#beatIfDue();
      }, FENCE_MS),
    ];
    this.#stopListening = database.onNotice((kind, jobId) => {
      if (kind === "stop" && this.#jobs.has(jobId)) this.#once("watch", () => this.#watch());
    });
  }

  get size(): number {
    return this.#jobs.size;
  }

  add(held: HeldJob): void {
    this.#jobs.set(held.job.id, held);
  }

  remove(held: HeldJob): void {
    this.#jobs.delete(held.job.id);
    if (this.#jobs.size > 0) return;
    for (const resolve of this.#emptied) resolve();
    this.#emptied.clear();
  }

  [Symbol.iterator](): IterableIterator<HeldJob> {
    return this.#jobs.values();
  }

  /** Settles when there are none, or after `limitMs`. */
  async whenEmpty(limitMs: number): Promise<void> {
    if (this.#jobs.size === 0 || limitMs <= 0) return;
    const empty = Promise.withResolvers<void>();
    this.#emptied.add(empty.resolve);
    const timer = setTimeout(empty.resolve, limitMs);
    await empty.promise;
    clearTimeout(timer);
    this.#emptied.delete(empty.resolve);
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#stopListening();
  }

  // --- heartbeats

  // One call of each kind at a time: a slow server is not asked again before it has answered.
  #once(kind: string, action: () => Promise<void>): void {
    if (this.#jobs.size === 0 || this.#busy.has(kind)) return;
    this.#busy.add(kind);
    action()
      .catch(warnUnlessPassing)
      .finally(() => this.#busy.delete(kind));
  }

  #beatIfDue(): void {
    if (this.#jobs.size === 0) return;
    const now = performance.now();
    const shortestMs = Math.min(...[...this].map(({ heartbeatMs }) => heartbeatMs));
    if (now - this.#beatAt < beatMsOf(shortestMs)) return;
    if (this.#beatsUnderway > 0 && now - this.#beatSentAt < BEAT_AGAIN_MS) return;
    this.#beatsUnderway += 1;
    this.#beatSentAt = now;
    this.#beat(now)
      .catch(warnUnlessPassing)
      .finally(() => {
        this.#beatsUnderway -= 1;
      });
  }

  async #beat(sentAt: number): Promise<void> {
    const byQueue = Map.groupBy(this, ({ job }) => job.name);
    await Promise.all(
      [...byQueue].map(async ([queue, held]) => {
        const touched = await this.#database.boss.touch(
          queue,
          held.map(({ job }) => job),
        );
        const { settled } = touched as { readonly settled?: readonly string[] };
        const own = new Set(settled);
        for (const one of held) if (own.has(one.job.id)) one.renewed(sentAt);
      }),
    );
    this.#beatAt = Math.max(this.#beatAt, sentAt);
    this.#onBeat();
  }

  // An agent needs time to stop, and must have stopped before its attempt is given up.
  #fence(): void {
    const now = performance.now();
    for (const held of this) {
      const stopMs = Math.min(this.#stopMs(held.agentId), held.heartbeatMs / 2);
      if (now >= held.certainUntil - stopMs) held.stop({ by: "loss" });
    }
  }

  // --- stops

  async #watch(): Promise<void> {
    const held = [...this];
    const rows = await this.#database.query<WatchedRow>(
      `SELECT j.id, j.state = 'active' AS "isActive", s.reason, s.explanation
       FROM ${JOB_SCHEMA}.job j LEFT JOIN axw_queue.stops s ON s.job_id = j.id
       WHERE j.name = ANY($1) AND j.id = ANY($2)`,
      [[...new Set(held.map(({ job }) => job.name))], held.map(({ job }) => job.id)],
    );
    const found = new Map(rows.map((row) => [row.id, row]));
    for (const one of held) {
      const row = found.get(one.job.id);
      if (row?.isActive !== true) {
        // It may have been completed by this worker in the meantime.
        if (this.#jobs.has(one.job.id)) one.stop({ by: "loss" });
      } else if (row.reason !== null) {
        const { reason, explanation } = row;
        one.stop({
          ...{ by: "engine", reason },
          ...(explanation !== null && { explanation: JSON.parse(explanation) as string }),
        });
      }
    }
  }

  async #stopEnded(): Promise<void> {
    const requests = [...this].flatMap(({ request }) => request ?? []);
    const ended = await this.#endedRuns.among(requests);
    for (const held of this)
      if (held.request !== undefined && ended.has(held.request.idempotencyKey))
        held.stop({ by: "engine", reason: "cancelled", explanation: "its run has ended" });
  }

  // --- logs

  /** Stores what agents have written so far. Concurrent calls follow each other. */
  writeLogs(): Promise<void> {
    const written = this.#writing.then(() => this.#writeLogs());
    this.#writing = written.catch(() => undefined);
    return written;
  }

  async #writeLogs(): Promise<void> {
    for (;;) {
      const pieces = [...this].flatMap(({ unwritten }) => unwritten).slice(0, LOG_BATCH);
      if (pieces.length === 0) return;
      const now = Date.now();
      await this.#database.query(
        `INSERT INTO axw_queue.attempt_logs (job_id, seq, stream, text, written_at)
         SELECT id, seq, stream, text, clock_timestamp() - ago_ms * interval '1 millisecond'
         FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::float8[])
           AS p (id, seq, stream, text, ago_ms)
         ON CONFLICT DO NOTHING`,
        [
          pieces.map(({ jobId }) => jobId),
          pieces.map(({ seq }) => seq),
          pieces.map(({ stream }) => stream),
          pieces.map(({ text }) => JSON.stringify(text)),
          pieces.map(({ writtenAt }) => Math.max(0, now - writtenAt)),
        ],
      );
      const ids = new Set(pieces.map(({ jobId }) => jobId));
      for (const id of ids) {
        const count = pieces.filter(({ jobId }) => jobId === id).length;
        this.#jobs.get(id)?.unwritten.splice(0, count);
      }
      this.#database.announce("logged", [...ids]);
    }
  }
}

// The fence stops the agents in time if the server stays away.
function warnUnlessPassing(error: unknown): void {
  if (!isPassing(error)) process.emitWarning(error as Error);
}
