import type { Outcome } from "@automatosx/workflow/drive";
import { messageOf } from "@automatosx/workflow/errors";
import { type AttemptEnd, interrupted } from "./attempt-job.js";
import type { Contents } from "./Contents.js";
import { LogReader, type LogSink } from "./LogReader.js";
import { isPassing, type QueueDatabase } from "./QueueDatabase.js";
import { JOB_SCHEMA } from "./queue-tables.js";

/** How long after a notice its job is read, in ms: the jobs of later notices are read with it. */
const GATHER_MS = 5;

/** How often all jobs are read if notices arrive, and if they do not, in ms. */
const POLL_MS = 1000;
const POLL_WITHOUT_NOTICES_MS = 100;

/** How often the follower checks that the jobs still exist, in ms. */
const CHECK_MS = 10_000;

/** How many workers a step may lose before a further loss uses up a retry. */
const FREE_LOSSES = 5;

/** A job that is followed. */
export interface FollowedJob {
  readonly jobId: string;
  readonly queue: string;
  /** What all attempts at the step have in common. */
  readonly stepKey: string;
  /** Receives what the agent writes. */
  readonly log: LogSink;
  /** Called once, when the attempt has ended. */
  readonly ended: (outcome: Outcome) => void;
}

interface JobRow {
  readonly id: string;
  readonly name: string;
  readonly state: "created" | "retry" | "active" | "completed" | "cancelled" | "failed";
  readonly output: unknown;
  readonly retryCount: number;
  readonly isLost: boolean | null;
}

/** Looks at all jobs of an engine together, with one statement however many there are. */
export class Follower {
  readonly #database: QueueDatabase;
  readonly #contents: Contents;
  readonly #logs: LogReader;
  readonly #jobs = new Map<string, FollowedJob>();
  readonly #changed = new Set<string>();
  readonly #written = new Set<string>();
  readonly #stopListening: () => void;
  #timer: NodeJS.Timeout | undefined;
  #dueAt = Number.POSITIVE_INFINITY;
  #polledAt = Number.NEGATIVE_INFINITY;
  #checkedAt = performance.now();
  #isLooking = false;
  #isClosed = false;

  constructor(database: QueueDatabase, contents: Contents) {
    this.#database = database;
    this.#contents = contents;
    this.#logs = new LogReader(database);
    this.#stopListening = database.onNotice((kind, jobId) => {
      if (kind === "missed") {
        this.#polledAt = Number.NEGATIVE_INFINITY;
        if (this.#jobs.size > 0) this.#lookIn(GATHER_MS);
      }
      if (kind !== "ended" && kind !== "logged") return;
      if (!this.#jobs.has(jobId)) return;
      (kind === "ended" ? this.#changed : this.#written).add(jobId);
      this.#lookIn(GATHER_MS);
    });
  }

  /** Follows a job that is stored. */
  follow(job: FollowedJob): void {
    this.#jobs.set(job.jobId, job);
    // It may have ended long ago.
    this.#changed.add(job.jobId);
    this.#lookIn(GATHER_MS);
  }

  /** Follows the job no longer. */
  leave(jobId: string): void {
    this.#jobs.delete(jobId);
    this.#changed.delete(jobId);
    this.#written.delete(jobId);
  }

  /** Ends the loop. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#stopListening();
    this.#jobs.clear();
    await this.#logs.close();
  }

  // --- when to look

  #lookIn(delayMs: number): void {
    const dueAt = performance.now() + delayMs;
    if (this.#isClosed || dueAt >= this.#dueAt) return;
    this.#dueAt = dueAt;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(), delayMs);
  }

  async #look(): Promise<void> {
    this.#dueAt = Number.POSITIVE_INFINITY;
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      await this.#lookOnce();
    } catch (error) {
      if (!isPassing(error)) process.emitWarning(error as Error);
      // Nothing is known about the jobs until the server answers again.
    } finally {
      this.#isLooking = false;
      const pollMs = this.#database.isListening ? POLL_MS : POLL_WITHOUT_NOTICES_MS;
      const hasNews = this.#changed.size > 0 || this.#written.size > 0;
      if (this.#jobs.size > 0 || this.#logs.hasUnconfirmed)
        this.#lookIn(hasNews ? GATHER_MS : pollMs);
    }
  }

  async #lookOnce(): Promise<void> {
    const now = performance.now();
    const pollMs = this.#database.isListening ? POLL_MS : POLL_WITHOUT_NOTICES_MS;
    const isPoll = now - this.#polledAt >= pollMs;
    const checks = isPoll && now - this.#checkedAt >= CHECK_MS;
    const ids = isPoll ? [...this.#jobs.keys()] : [...this.#changed];
    const writers = isPoll ? ids : [...this.#written];
    this.#changed.clear();
    this.#written.clear();
    try {
      await this.#logs.read(writers.flatMap((id) => this.#jobs.get(id) ?? []));
      await this.#settle(ids, checks);
      if (isPoll) await this.#logs.confirm();
    } catch (error) {
      // The next poll reads them.
      this.#polledAt = Number.NEGATIVE_INFINITY;
      throw error;
    }
    if (isPoll) this.#polledAt = now;
    if (checks) this.#checkedAt = now;
  }

  // --- what is found

  async #settle(ids: readonly string[], checks: boolean): Promise<void> {
    if (ids.length === 0) return;
    const queues = [...new Set(ids.flatMap((id) => this.#jobs.get(id)?.queue ?? []))];
    const lost = "heartbeat_on + heartbeat_seconds * interval '1 second' < now()";
    const rows = await this.#database.query<JobRow>(
      `SELECT id, name, state, output, retry_count AS "retryCount", ${lost} AS "isLost"
       FROM ${JOB_SCHEMA}.job
       WHERE name = ANY($1) AND id = ANY($2)
         AND (state > 'active' OR state = 'active' AND ${lost} OR $3)`,
      [queues, ids, checks],
    );
    for (const row of rows) await this.#settleJob(row);
    if (!checks) return;
    const found = new Set(rows.map(({ id }) => id));
    for (const id of ids)
      if (!found.has(id))
        this.#end(id, interrupted("its job was removed from the queue", Date.now()));
  }

  async #settleJob(row: JobRow): Promise<void> {
    const job = this.#jobs.get(row.id);
    if (job === undefined) return;
    switch (row.state) {
      case "completed":
        return this.#end(row.id, await this.#outcomeOf(job, row));
      case "cancelled":
        return this.#end(row.id, interrupted("its job was cancelled in the queue", Date.now()));
      case "failed":
        return this.#end(row.id, await this.#outcomeOfFailure(job, row));
      case "active":
        if (row.isLost === true) await this.#giveUp(job, row);
        return;
      default:
        return;
    }
  }

  async #outcomeOf(job: FollowedJob, { output }: JobRow): Promise<Outcome> {
    const { outcome, logged } = output as AttemptEnd;
    await this.#logs.readUpTo(job, logged);
    try {
      return (await this.#contents.load(outcome)) as Outcome;
    } catch (error) {
      if (isPassing(error)) throw error;
      const message = `its result is lost: ${messageOf(error)}`;
      return { ok: false, error: message, reason: "error", at: Date.now() };
    }
  }

  // The worker has sent no heartbeat. Any later outcome of it is declined.
  async #giveUp(job: FollowedJob, { id, name, retryCount }: JobRow): Promise<void> {
    const failed = await this.#database.boss.fail(name, { id, retryCount }, { lost: true });
    const { affected } = failed as { readonly affected?: number };
    if (affected === 0) {
      this.#changed.add(id);
      return;
    }
    // A limit of the agent has room again.
    this.#database.announce("ended", [id]);
    this.#end(id, await this.#outcomeOfLoss(job));
  }

  // pg-boss fails a job itself if it sends no heartbeat, or was active for longer than its limit.
  async #outcomeOfFailure(job: FollowedJob, { output }: JobRow): Promise<Outcome> {
    const { value } = (output ?? {}) as { readonly value?: { readonly message?: string } };
    if (value?.message !== "job timed out") return this.#outcomeOfLoss(job);
    return { ok: false, error: "it took longer than a day", reason: "timeout", at: Date.now() };
  }

  // A step that ends every worker that performs it, for example because it uses up the memory, must
  // not go from worker to worker forever.
  async #outcomeOfLoss({ stepKey }: FollowedJob): Promise<Outcome> {
    const [row] = await this.#database.query<{ readonly count: number }>(
      `INSERT INTO axw_queue.losses (step_key, count) VALUES ($1, 1)
       ON CONFLICT (step_key) DO UPDATE SET count = losses.count + 1, lost_at = now()
       RETURNING count`,
      [stepKey],
    );
    const count = row?.count ?? 1;
    if (count <= FREE_LOSSES)
      return interrupted("the worker that performed it is gone", Date.now());
    const error = `the worker that performed it is gone, as were ${count - 1} before it`;
    return { ok: false, error, reason: "error", at: Date.now() };
  }

  #end(jobId: string, outcome: Outcome): void {
    const job = this.#jobs.get(jobId);
    if (job === undefined) return;
    this.leave(jobId);
    this.#logs.ended(jobId);
    job.ended(outcome);
  }
}
