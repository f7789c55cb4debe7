import type { StepStatus, WorkflowEvent } from "@automatosx/rescript-core";
import type { Plan } from "./Plan.js";
import { BrokenPromise, demand } from "./promises.js";

/** What a run is about, told from its events alone. */
export type Phase =
  | "preparing"
  | "executing"
  | "paused"
  | "checkpoint"
  | "restoring"
  | "gathering"
  | "completed"
  | "failed"
  | "cancelled";

const isOver = (phase: Phase): boolean =>
  phase === "completed" || phase === "failed" || phase === "cancelled";
const isSettled = (status: StepStatus): boolean =>
  status === "completed" || status === "failed" || status === "skipped" || status === "cancelled";

type Counts = Record<StepStatus, number>;

const noCounts = (size: number): Counts => ({
  pending: size,
  ready: 0,
  waiting: 0,
  running: 0,
  completed: 0,
  failed: 0,
  skipped: 0,
  cancelled: 0,
});

/**
 * A second opinion on a run: told every accepted event, it counts by rules of its own, written without a look at the
 * core's, and throws `BrokenPromise` at an event that must not have been accepted.
 */
export class Recount {
  readonly plan: Plan;
  phase: Phase = "preparing";
  cameFrom: Phase = "preparing";
  now = Number.NEGATIVE_INFINITY;
  attempts = 0;
  retries = 0;
  checkpoints = 0;
  counts: Counts;
  status: StepStatus[];
  attempt: number[];
  failures: number[];
  /** Starts since the run began or went back, and how many of them were lost to a crash. */
  starts: number[];
  lost: number[];
  retryAt: number[];
  /** Names of checkpoints that completed steps asked for, and from where the next automatic one is counted. */
  wanted: readonly string[] = [];
  completedAtLast = 0;
  lastAt = Number.NEGATIVE_INFINITY;

  constructor(plan: Plan) {
    const size = plan.defs.length;
    this.plan = plan;
    this.counts = noCounts(size);
    this.status = plan.defs.map(() => "pending");
    this.attempt = plan.defs.map(() => 0);
    this.failures = this.attempt.slice();
    this.starts = this.attempt.slice();
    this.lost = this.attempt.slice();
    this.retryAt = this.attempt.slice();
  }

  clone(): Recount {
    const copy = new Recount(this.plan);
    copy.phase = this.phase;
    copy.cameFrom = this.cameFrom;
    copy.now = this.now;
    copy.attempts = this.attempts;
    copy.retries = this.retries;
    copy.checkpoints = this.checkpoints;
    copy.wanted = this.wanted;
    copy.completedAtLast = this.completedAtLast;
    copy.lastAt = this.lastAt;
    copy.counts = { ...this.counts };
    copy.status = this.status.slice();
    copy.attempt = this.attempt.slice();
    copy.failures = this.failures.slice();
    copy.starts = this.starts.slice();
    copy.lost = this.lost.slice();
    copy.retryAt = this.retryAt.slice();
    return copy;
  }

  get isOver(): boolean {
    return isOver(this.phase);
  }

  /** Must this be accepted now? Only of events whose refusal would lose something. */
  mustAccept(event: WorkflowEvent): boolean {
    switch (event.type) {
      case "step_completed":
      case "step_failed": {
        const index = this.#index(event.stepId);
        return (
          this.status[index] === "running" &&
          this.attempt[index] === event.attemptNumber &&
          this.#hears
        );
      }
      case "cancel_workflow":
        return !this.isOver;
      case "pause_workflow":
        return this.phase === "executing";
      case "resume_workflow":
        return this.phase === "paused";
      case "create_checkpoint":
        return this.phase === "executing" || this.phase === "paused";
      case "checkpoint_created":
        return this.phase === "checkpoint";
      case "restore_checkpoint":
        return this.phase === "paused" || this.phase === "failed";
      default:
        return false;
    }
  }

  /** Counts an event that was accepted at `at`, which is never before the latest known instant. */
  apply(event: WorkflowEvent, at: number): void {
    if (at > this.now) this.now = at;
    if (this.isOver) this.#mayReopen(event);
    switch (event.type) {
      case "initiate_workflow":
        this.lastAt = this.now;
        break;
      case "graph_built":
        for (let index = 0; index < this.status.length; index += 1) this.#readyIfFree(index);
        break;
      case "steps_scheduled":
      case "checkpoint_restored":
        this.phase = "executing";
        break;
      case "execute_step_batch":
        this.#startAll(event.stepIds);
        break;
      case "step_completed":
        this.#complete(this.#newest(event.stepId, event.attemptNumber));
        break;
      case "step_failed":
        this.#fail(this.#newest(event.stepId, event.attemptNumber), event.reason, event.chance);
        break;
      case "create_checkpoint":
        this.#beginCheckpoint(event.name);
        break;
      case "checkpoint_created":
        this.checkpoints += 1;
        this.phase = this.cameFrom;
        break;
      case "pause_workflow":
        this.phase = "paused";
        break;
      case "resume_workflow":
        this.phase = "executing";
        break;
      case "restore_checkpoint":
        this.#restore(new Set(event.checkpointData.completedSteps));
        break;
      case "batch_completed":
        demand(
          this.counts.running === 0,
          "noLostWakeUp",
          () => `a batch was taken for completed while ${this.#running.join(", ")} ran`,
        );
        break;
      case "all_steps_completed":
        this.#mayGather();
        this.phase = "gathering";
        break;
      case "complete_workflow":
        this.phase = "completed";
        break;
      case "workflow_failed":
        this.#end("failed", (status) => status === "running");
        break;
      case "cancel_workflow":
        this.#end("cancelled", (status) => !isSettled(status));
        break;
      default:
        break;
    }
  }

  /** The first step that could start at `at` and is not started; undefined when each has its reason to stand. */
  forgotten(at: number): number | undefined {
    for (let index = 0; index < this.status.length; index += 1) {
      const status = this.status[index];
      const isDue =
        status === "ready" || (status === "waiting" && (this.retryAt[index] ?? 0) <= at);
      if (isDue && this.#hasRoomFor(index)) return index;
    }
    return undefined;
  }

  /** Does a step, or the policy, ask for a checkpoint now? */
  get isCheckpointDue(): boolean {
    if (this.wanted.length > 0) return true;
    const { pending, ready, waiting, running, completed } = this.counts;
    const completions = completed - this.completedAtLast;
    if (completions <= 0 || pending + ready + waiting + running === 0) return false;
    const { checkpointEvery, checkpointIntervalMs } = this.plan.policy;
    const isIntervalOver =
      checkpointIntervalMs !== undefined && this.now - this.lastAt >= checkpointIntervalMs;
    return isIntervalOver || (checkpointEvery !== undefined && completions >= checkpointEvery);
  }

  /** The first batch with a step that is not settled. */
  get currentBatch(): number {
    const batches = this.plan.graph.executionOrder;
    const open = batches.findIndex((batch) =>
      batch.some((id) => !isSettled(this.#statusOf(this.#index(id)))),
    );
    return open === -1 ? batches.length : open;
  }

  // --- the rules

  get #hears(): boolean {
    return this.phase === "executing" || this.phase === "paused" || this.phase === "checkpoint";
  }

  #index(stepId: string): number {
    return this.plan.indexOf.get(stepId) ?? -1;
  }

  #statusOf(index: number): StepStatus {
    return this.status[index] ?? "pending";
  }

  #put(index: number, status: StepStatus): void {
    this.counts[this.#statusOf(index)] -= 1;
    this.counts[status] += 1;
    this.status[index] = status;
  }

  #isSatisfying(index: number): boolean {
    const status = this.status[index];
    return (
      status === "completed" ||
      (status === "failed" && this.plan.defs[index]?.continueOnError === true)
    );
  }

  #isFree(index: number): boolean {
    for (const dependency of this.plan.dependencies[index] ?? [])
      if (!this.#isSatisfying(dependency)) return false;
    return true;
  }

  #readyIfFree(index: number): void {
    if (this.status[index] === "pending" && this.#isFree(index)) this.#put(index, "ready");
  }

  #mayReopen(event: WorkflowEvent): void {
    const reopens = this.phase === "failed" && event.type === "restore_checkpoint";
    demand(reopens, "oneEnd", () => `${event.type} was accepted after the run was ${this.phase}`);
  }

  #mayGather(): void {
    const isDone = (status: StepStatus, index: number): boolean =>
      status === "completed" ||
      status === "skipped" ||
      (status === "failed" && this.plan.defs[index]?.continueOnError === true);
    const isWhole = this.phase === "executing" && this.status.every(isDone);
    demand(
      isWhole,
      "sameResults",
      () => `the run was taken for completed while its steps were ${this.status.join(", ")}`,
    );
  }

  #newest(stepId: string, attemptNumber: number): number {
    const index = this.#index(stepId);
    const status = this.#statusOf(index);
    demand(
      !isSettled(status),
      "recordedOnce",
      () => `an outcome of ${stepId} was recorded, which is ${status}`,
    );
    const isNewest = status === "running" && this.attempt[index] === attemptNumber;
    demand(
      isNewest,
      "newestAttempt",
      () =>
        `attempt ${attemptNumber} of ${stepId} was recorded; it is ${status}, ${this.attempt[index]}`,
    );
    return index;
  }

  #hasRoomFor(index: number): boolean {
    const { concurrency, agentConcurrency } = this.plan.policy;
    const def = this.plan.defs[index];
    if (def === undefined) return false;
    if (concurrency !== undefined && this.counts.running >= concurrency) return false;
    const limit = agentConcurrency?.[def.agentId];
    if (limit === undefined && def.parallel) return true;
    let sameAgent = 0;
    for (let other = 0; other < this.status.length; other += 1) {
      if (this.status[other] !== "running") continue;
      const runs = this.plan.defs[other];
      if (runs?.agentId === def.agentId) sameAgent += 1;
      if (!def.parallel && runs?.parallel === false) return false;
    }
    return limit === undefined || sameAgent < limit;
  }

  #beginCheckpoint(name: string | undefined): void {
    // A wish that lies for a while may come a second time.
    const isAsked =
      name !== undefined ||
      this.plan.habits.tellsLate ||
      (this.isCheckpointDue && this.wanted.length === 0);
    demand(isAsked, "checkpointsDue", () => "a checkpoint was begun that no one asked for");
    this.wanted = this.wanted.filter((wanted) => wanted !== name);
    this.completedAtLast = this.counts.completed;
    this.lastAt = this.now;
    this.cameFrom = this.phase;
    this.phase = "checkpoint";
  }

  #startAll(stepIds: readonly string[]): void {
    demand(
      this.phase === "executing",
      "pauseHolds",
      () => `${stepIds.join(", ")} started while the run was in ${this.phase}`,
    );
    for (const id of stepIds) {
      const index = this.#index(id);
      const status = this.#statusOf(index);
      demand(
        status !== "completed",
        "recordedOnce",
        () => `${id} is completed, and was started again`,
      );
      demand(
        this.#isFree(index),
        "join",
        () =>
          `${id} started before ${this.plan.defs[index]?.dependencies.join(", ")} were satisfied`,
      );
      const isDue =
        status === "ready" || (status === "waiting" && (this.retryAt[index] ?? 0) <= this.now);
      if (!isDue)
        throw new BrokenPromise(
          "timers",
          `${id} started at ${this.now} while ${status}, due at ${this.retryAt[index]}`,
        );
      demand(
        this.#hasRoomFor(index),
        "limits",
        () => `${id} started beside ${this.#running.join(", ")}`,
      );
      this.#start(index);
    }
  }

  get #running(): string[] {
    return this.plan.defs.flatMap(({ id }, index) =>
      this.status[index] === "running" ? [id] : [],
    );
  }

  #start(index: number): void {
    this.#put(index, "running");
    this.attempt[index] = (this.attempt[index] ?? 0) + 1;
    this.starts[index] = (this.starts[index] ?? 0) + 1;
    this.attempts += 1;
    if ((this.failures[index] ?? 0) > 0) this.retries += 1;
    const counted = (this.starts[index] ?? 0) - (this.lost[index] ?? 0);
    const allowed = (this.plan.defs[index]?.retries ?? 0) + 1;
    demand(
      counted <= allowed,
      "retries",
      () =>
        `${this.plan.defs[index]?.id} is tried for the ${counted}th time; ${allowed} are allowed`,
    );
  }

  #satisfyDependents(index: number): void {
    for (const dependent of this.plan.dependents[index] ?? []) this.#readyIfFree(dependent);
  }

  #complete(index: number): void {
    this.#put(index, "completed");
    this.#satisfyDependents(index);
    const name = this.plan.defs[index]?.checkpoint;
    if (name !== undefined && !this.wanted.includes(name)) this.wanted = [...this.wanted, name];
  }

  #fail(
    index: number,
    reason: "error" | "timeout" | "interrupted" | "invalid",
    chance: number,
  ): void {
    if (reason === "interrupted") {
      this.lost[index] = (this.lost[index] ?? 0) + 1;
      this.#put(index, "ready");
      return;
    }
    const def = this.plan.defs[index];
    const failures = (this.failures[index] ?? 0) + 1;
    this.failures[index] = failures;
    if (reason !== "invalid" && failures <= (def?.retries ?? 0)) {
      const {
        initialDelayMs = 1000,
        factor = 2,
        maxDelayMs = 60_000,
        jitter = "full",
      } = def?.retry ?? {};
      const delayMs = Math.min(maxDelayMs, initialDelayMs * factor ** (failures - 1));
      this.retryAt[index] = this.now + (jitter === "full" ? delayMs * chance : delayMs);
      this.#put(index, "waiting");
      return;
    }
    this.#put(index, "failed");
    if (def?.continueOnError === true) this.#satisfyDependents(index);
    else this.#skipBehind(index);
  }

  #skipBehind(index: number): void {
    for (const dependent of this.plan.dependents[index] ?? []) {
      if (this.status[dependent] !== "pending") continue;
      this.#put(dependent, "skipped");
      this.#skipBehind(dependent);
    }
  }

  #restore(completed: ReadonlySet<string>): void {
    this.phase = "restoring";
    for (let index = 0; index < this.status.length; index += 1) {
      this.#put(index, completed.has(this.plan.defs[index]?.id ?? "") ? "completed" : "pending");
      this.failures[index] = 0;
      this.starts[index] = 0;
      this.lost[index] = 0;
    }
    for (let index = 0; index < this.status.length; index += 1) this.#readyIfFree(index);
    this.wanted = [];
    this.completedAtLast = this.counts.completed;
    this.lastAt = this.now;
  }

  #end(phase: "failed" | "cancelled", ends: (status: StepStatus) => boolean): void {
    this.phase = phase;
    for (let index = 0; index < this.status.length; index += 1)
      if (ends(this.#statusOf(index))) this.#put(index, "cancelled");
  }
}
