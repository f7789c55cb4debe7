import type { TakenJob } from "./HeldJob.js";
import { isPassing, type QueueDatabase } from "./QueueDatabase.js";
import type { Slots } from "./Slots.js";

/** How often a lane looks for jobs if notices arrive, and if they do not, in ms. */
const POLL_MS = 5000;
const POLL_WITHOUT_NOTICES_MS = 200;

/** How long ends of attempts are gathered before an agent with a limit looks for jobs, in ms. */
const NUDGE_MS = 10;

/** How many jobs are taken with one statement. */
const MAX_TAKEN = 50;

/** What a lane needs. */
export interface LaneOptions {
  readonly agentId: string;
  readonly slots: Slots;
  /** How many attempts all workers perform at once. */
  readonly maxConcurrent?: number;
  /**
   * Performs an attempt that was taken at an instant of the monotonic clock. It calls `release`
   * once the attempt has ended.
   */
  readonly begin: (job: TakenJob, takenAt: number, release: () => void) => void;
  /** Called when the lane has released slots that it held while it looked for jobs. */
  readonly released: () => void;
}

/** Takes the jobs of one agent, as long as there are free slots. */
export class Lane {
  readonly #database: QueueDatabase;
  readonly #options: LaneOptions;
  #queue = "";
  #timer: NodeJS.Timeout | undefined;
  #taking: Promise<void> | undefined;
  #isWoken = false;
  /** Whether the last look may have left jobs. */
  #mayHaveMore = true;
  /** Whether there was no free slot to look for jobs. */
  #lackedSlots = false;
  /** When it last took a job, on the monotonic clock. */
  takenAt = Number.NEGATIVE_INFINITY;
  #nudge: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(database: QueueDatabase, options: LaneOptions) {
    this.#database = database;
    this.#options = options;
  }

  async start(): Promise<void> {
    this.#queue = await this.#database.queueFor(this.#options.agentId);
    this.wake();
  }

  /** An attempt of this worker has ended, so a slot is free. */
  slotFreed(): void {
    if (this.#mayHaveMore || this.#lackedSlots) this.wake();
  }

  /** Another lane has released slots: looks for jobs if it lacked one. */
  slotsReleased(): void {
    if (this.#lackedSlots) this.wake();
  }

  /** An attempt has ended, perhaps in another worker: the agent's limit may have room again. */
  attemptEnded(): void {
    if (this.#options.maxConcurrent === undefined || !this.#mayHaveMore) return;
    this.#nudge ??= setTimeout(() => {
      this.#nudge = undefined;
      this.wake();
    }, NUDGE_MS);
  }

  /** There may be a job. */
  wake(): void {
    if (this.#isClosed || this.#queue === "") return;
    this.#isWoken = true;
    this.#taking ??= this.#loop().finally(() => {
      this.#taking = undefined;
      if (this.#isWoken) this.wake();
    });
  }

  /** Takes no more jobs; settles when the last ones have been taken. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#nudge);
    await this.#taking;
  }

  async #loop(): Promise<void> {
    clearTimeout(this.#timer);
    while (this.#isWoken && !this.#isClosed) {
      this.#isWoken = false;
      try {
        await this.#take();
      } catch (error) {
        if (!isPassing(error)) process.emitWarning(error as Error);
      }
    }
    if (this.#isClosed) return;
    const pollMs = this.#database.isListening ? POLL_MS : POLL_WITHOUT_NOTICES_MS;
    // Workers that were started together must not ask together.
    this.#timer = setTimeout(() => this.wake(), pollMs * (0.75 + Math.random() / 2));
  }

  async #take(): Promise<void> {
    const { agentId, slots, begin } = this.#options;
    const free = slots.take(agentId, MAX_TAKEN);
    this.#lackedSlots = free === 0;
    if (free === 0) return;
    const takenAt = performance.now();
    let jobs: readonly TakenJob[] = [];
    try {
      jobs = await this.#fetch(free);
    } finally {
      slots.release(agentId, free - jobs.length);
    }
    if (jobs.length > 0) this.takenAt = takenAt;
    for (const job of jobs) begin(job, takenAt, () => slots.release(agentId, 1));
    // A limited agent may have jobs that others must make room for.
    this.#mayHaveMore = jobs.length === free || this.#options.maxConcurrent !== undefined;
    if (jobs.length === free) this.#isWoken = true;
    else this.#options.released();
  }

  async #fetch(batchSize: number): Promise<readonly TakenJob[]> {
    const { boss } = this.#database;
    const { maxConcurrent } = this.#options;
    if (maxConcurrent === undefined)
      return (await boss.fetch(this.#queue, { batchSize })) as unknown as TakenJob[];
    // pg-boss counts what is active in the statement that takes, so two workers that take at the
    // same instant would both see room. The lock makes them take one after the other.
    return this.#database.inTransaction(async (db) => {
      await db.executeSql("SELECT pg_advisory_xact_lock(hashtext($1))", [
        `axw_queue ${this.#queue}`,
      ]);
      const options = { batchSize, groupConcurrency: maxConcurrent, db };
      return (await boss.fetch(this.#queue, options)) as unknown as TakenJob[];
    });
  }
}
