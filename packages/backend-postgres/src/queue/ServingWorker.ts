import { randomUUID } from "node:crypto";
import type { Agent } from "@automatosx/workflow";
import {
  agentMap,
  amount,
  anything,
  callable,
  checkOptions,
  count,
  record,
} from "@automatosx/workflow/checks";
import type { AttemptRequest, IdentifiedProcess, Outcome } from "@automatosx/workflow/drive";
import { messageOf } from "@automatosx/workflow/errors";
import type { AttemptEnd } from "./attempt-job.js";
import type { Contents } from "./Contents.js";
import { HeldJob, type TakenJob } from "./HeldJob.js";
import { HeldJobs } from "./HeldJobs.js";
import { Lane } from "./Lane.js";
import { isPassing, type QueueDatabase } from "./QueueDatabase.js";
import type { AttemptPhase, QueueWorker, ServeOptions } from "./QueueWorker.js";
import { REMOVE_OLD } from "./queue-tables.js";
import { Slots } from "./Slots.js";
import { WorkerProcesses } from "./WorkerProcesses.js";

/** How long a stopped agent may take to settle before it is abandoned, in ms. */
const ABANDON_AFTER_MS = 30_000;

/** How often a worker looks for queues of further agents, in ms. */
const DISCOVER_MS = 5000;

/** How often a worker looks for programs that dead workers of this machine left running, in ms. */
const RECLAIM_MS = 5000;

/** How often unused rows are removed, in ms. */
const CLEAN_MS = 3_600_000;

/** How long to wait before an ended attempt is reported again, in ms. */
const REPORT_AGAIN_MS = 500;

const CHECKS = {
  agents: agentMap,
  // `Slots` checks them.
  slots: anything,
  maxConcurrent: record(count(1)),
  secrets: callable,
  abandonAfterMs: amount(0),
  onAttempt: callable,
};

/** Performs attempts of a queue in this process. */
export class ServingWorker implements QueueWorker {
  readonly id = randomUUID();
  readonly #database: QueueDatabase;
  readonly #contents: Contents;
  readonly #options: ServeOptions;
  readonly #agents: ReadonlyMap<string, Agent>;
  readonly #slots: Slots;
  readonly #held: HeldJobs;
  readonly #processes: WorkerProcesses;
  readonly #lanes = new Map<string, Lane>();
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #stopListening: () => void;
  #stopping: Promise<void> | undefined;
  #isDraining = false;

  private constructor(database: QueueDatabase, contents: Contents, options: ServeOptions) {
    this.#database = database;
    this.#contents = contents;
    this.#options = options;
    this.#agents = new Map(Object.entries(options.agents));
    this.#slots = new Slots(options.slots ?? 1, [...this.#agents.keys()]);
    this.#processes = new WorkerProcesses(database, this.id);
    this.#held = new HeldJobs(database, {
      stopMs: (agentId) => this.#stopMsOf(agentId),
      onBeat: () => this.#processes.renewed(),
    });
    this.#stopListening = database.onNotice((kind, subject) => {
      if (kind === "job") void this.#wake(decodeURIComponent(subject));
      else if (kind === "missed") for (const lane of this.#lanes.values()) lane.wake();
      else if (kind === "ended") for (const lane of this.#lanes.values()) lane.attemptEnded();
    });
  }

  /** Starts a worker. Throws `invalid_argument`. */
  static async start(
    database: QueueDatabase,
    contents: Contents,
    options: ServeOptions,
  ): Promise<ServingWorker> {
    checkOptions<ServeOptions>("serve", options, CHECKS);
    const worker = new ServingWorker(database, contents, options);
    try {
      await worker.#reclaim();
      for (const agentId of worker.#agents.keys()) if (agentId !== "*") await worker.#open(agentId);
      if (worker.#agents.has("*")) await worker.#discover();
      await database.query(REMOVE_OLD);
    } catch (error) {
      worker.#close();
      throw error;
    }
    worker.#every(CLEAN_MS, () => database.query(REMOVE_OLD));
    worker.#every(RECLAIM_MS, () => worker.#reclaim());
    if (worker.#agents.has("*")) worker.#every(DISCOVER_MS, () => worker.#discover());
    return worker;
  }

  get running(): number {
    return this.#held.size;
  }

  drain(limitMs: number): Promise<void> {
    this.#stopping ??= this.#drain(limitMs);
    return this.#stopping;
  }

  stop(): Promise<void> {
    if (this.#stopping === undefined) return this.drain(0);
    for (const held of this.#held) held.stop({ by: "worker" });
    return this.#stopping;
  }

  async #drain(limitMs: number): Promise<void> {
    this.#isDraining = true;
    await Promise.all([...this.#lanes.values()].map((lane) => lane.close()));
    await this.#held.whenEmpty(limitMs);
    for (const held of this.#held) held.stop({ by: "worker" });
    await this.#held.whenEmpty(this.#abandonAfterMs + 2 * REPORT_AGAIN_MS);
    this.#close();
  }

  #close(): void {
    this.#isDraining = true;
    this.#stopListening();
    for (const timer of this.#timers) clearInterval(timer);
    for (const lane of this.#lanes.values()) void lane.close();
    this.#held.close();
    this.#processes.close();
  }

  // --- what is taken

  async #wake(agentId: string): Promise<void> {
    const lane = this.#lanes.get(agentId);
    if (lane !== undefined) lane.wake();
    else if (this.#servesAsOther(agentId)) await this.#open(agentId).catch(() => undefined);
  }

  async #discover(): Promise<void> {
    for (const agentId of await this.#database.agentsWithQueues())
      if (this.#servesAsOther(agentId)) await this.#open(agentId);
  }

  // What the engine has built in, such as `@run`, must be named: it is not an agent.
  #servesAsOther(agentId: string): boolean {
    return this.#agents.has("*") && !agentId.startsWith("@");
  }

  async #open(agentId: string): Promise<void> {
    if (this.#isDraining || this.#lanes.has(agentId)) return;
    const maxConcurrent = this.#options.maxConcurrent?.[agentId];
    const lane = new Lane(this.#database, {
      agentId,
      slots: this.#slots,
      ...(maxConcurrent !== undefined && { maxConcurrent }),
      released: () => {
        for (const lane of this.#inTurn()) lane.slotsReleased();
      },
      begin: (job, takenAt, release) => void this.#perform(job, agentId, takenAt, release),
    });
    this.#lanes.set(agentId, lane);
    try {
      await lane.start();
    } catch (error) {
      this.#lanes.delete(agentId);
      throw error;
    }
  }

  // An agent with many waiting attempts must leave slots to the others.
  #inTurn(): readonly Lane[] {
    return [...this.#lanes.values()].toSorted((a, b) => a.takenAt - b.takenAt);
  }

  // --- what is performed

  async #perform(
    job: TakenJob,
    agentId: string,
    takenAt: number,
    release: () => void,
  ): Promise<void> {
    const held = new HeldJob(job, agentId, takenAt);
    this.#held.add(held);
    if (this.#isDraining) held.stop({ by: "worker" });
    try {
      await this.#report(held, await this.#outcomeOf(held));
    } catch (error) {
      // The attempt is given up when its heartbeat ends.
      process.emitWarning(error as Error);
    } finally {
      this.#held.remove(held);
      release();
      for (const lane of this.#inTurn()) lane.slotFreed();
    }
  }

  async #outcomeOf(held: HeldJob): Promise<Outcome> {
    const { job, agentId } = held;
    // An attempt is performed once, even if someone tells pg-boss to retry its job.
    if (job.retryCount > 0)
      return { ok: false, error: "it had begun before", reason: "interrupted", at: Date.now() };
    const agent = this.#agentOf(agentId);
    // Such an agent starts processes, which could outlive this worker.
    const mayStart = typeof agent === "object" && agent.reclaim !== undefined;
    let request: AttemptRequest;
    try {
      request = (await this.#contents.load(job.data.request)) as AttemptRequest;
      held.request = request;
      if (mayStart) await this.#processes.begin(held, request.idempotencyKey);
    } catch (error) {
      const sentence = `it cannot begin: ${messageOf(error)}`;
      const reason = isPassing(error) ? "interrupted" : "error";
      return { ok: false, error: sentence, reason, at: Date.now() };
    }
    this.#tell(request, "started");
    const host = {
      abandonAfterMs: this.#abandonAfterMs,
      attemptToken: this.#processes.tokenOf(request.idempotencyKey),
      recordProcess: (started: IdentifiedProcess) =>
        this.#processes.record(held, request.idempotencyKey, started),
      ...(this.#options.secrets !== undefined && { secrets: this.#options.secrets }),
    };
    const outcome = await held.perform(agent, request, host, (sha256) =>
      this.#contents.text(sha256),
    );
    if (mayStart)
      await this.#processes.ended(held, { wasStopped: held.aborted }).catch(() => undefined);
    if (outcome.ok) this.#tell(request, "completed");
    else
      this.#tell(
        request,
        outcome.reason === "interrupted" ? "interrupted" : "failed",
        outcome.error,
      );
    return outcome;
  }

  // The outcome was paid for: it is reported until the server has it, or has given the attempt up.
  async #report(held: HeldJob, given: Outcome): Promise<void> {
    let outcome = given;
    for (;;) {
      try {
        return await this.#complete(held, outcome);
      } catch (error) {
        if (!isPassing(error)) {
          // A second failure is not about the outcome.
          if (outcome !== given) throw error;
          outcome = notStored(error);
        }
        if (performance.now() > held.certainUntil + held.heartbeatMs) return;
        await new Promise((resolve) => setTimeout(resolve, REPORT_AGAIN_MS));
      }
    }
  }

  async #complete(held: HeldJob, outcome: Outcome): Promise<void> {
    const { job } = held;
    await this.#held.writeLogs();
    const end: AttemptEnd = { outcome: await this.#contents.store(outcome), logged: held.logged };
    await this.#database.boss.complete(job.name, job, end);
    this.#database.announce("ended", [job.id]);
  }

  #tell(request: AttemptRequest, phase: AttemptPhase, detail?: string): void {
    const { agentId, runId, stepId, attemptNumber, idempotencyKey } = request;
    try {
      this.#options.onAttempt?.(
        { agentId, runId, stepId, attemptNumber, idempotencyKey },
        phase,
        detail,
      );
    } catch (error) {
      // An observer must not affect the attempt.
      process.emitWarning(error as Error);
    }
  }

  get #abandonAfterMs(): number {
    return this.#options.abandonAfterMs ?? ABANDON_AFTER_MS;
  }

  #stopMsOf(agentId: string): number {
    const agent = this.#agentOf(agentId);
    return typeof agent === "object" ? (agent.stopMs ?? 1000) : 1000;
  }

  #agentOf(agentId: string): Agent | undefined {
    return this.#agents.get(agentId) ?? this.#agents.get("*");
  }

  async #reclaim(): Promise<void> {
    await this.#processes.reclaim((agentId) => this.#agentOf(agentId));
  }

  // What fails because the server cannot be reached is repeated after the next interval.
  #every(intervalMs: number, action: () => Promise<unknown>): void {
    this.#timers.push(setInterval(() => void action().catch(() => undefined), intervalMs));
  }
}

function notStored(error: unknown): Outcome {
  const message = messageOf(error);
  const sentence = `its outcome cannot be stored in the queue: ${message}`;
  return { ok: false, error: sentence, reason: "error", at: Date.now() };
}
