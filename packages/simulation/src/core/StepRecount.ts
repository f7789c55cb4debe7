import type {
  FailureReason,
  StepDef,
  StepStatus,
  UsageAmounts,
  WorkflowEvent,
} from "@automatosx/rescript-core";
import type { Refusal, Run } from "../language/index.js";
import type { Plan } from "./Plan.js";
import { demand } from "./promises.js";

/** Completed steps and tolerated failures, by the step's index. */
export type Outcomes = ReadonlyMap<number, "completed" | "failed">;

/** What completed leaves gave, by path; of a plain step, only its agent knows. */
export type Results = ReadonlyMap<string, unknown>;

/** What a restore goes back to. */
export interface RestoredState {
  readonly outcomes: Outcomes;
  readonly results: Results;
  /** True if results that wait on offer stay there: a failed run resumes. */
  readonly keepsOffers: boolean;
}

/**
 * `absent`: an instance that a restore has removed. It may come to be again, under the same path.
 */
export type RecountStatus = StepStatus | "absent";

/** What an attempt gives with its answer. */
export interface Answer {
  readonly result: unknown;
  readonly usage?: UsageAmounts;
  readonly agent?: string;
  readonly session?: string;
}

/** How an attempt has failed. */
export interface Failing {
  readonly reason: FailureReason;
  readonly error: string;
  readonly chance: number;
  readonly usage?: UsageAmounts;
  readonly retryAt?: number;
  readonly scope?: string;
  readonly answer?: unknown;
}

/** When a run goes back, and from where. */
export interface Place {
  readonly now: number;
  readonly hasFailed: boolean;
}

type Counts = Record<RecountStatus, number>;

const noCounts = (size: number): Counts => ({
  absent: 0,
  pending: size,
  ready: 0,
  waiting: 0,
  running: 0,
  open: 0,
  unknown: 0,
  completed: 0,
  failed: 0,
  skipped: 0,
  cancelled: 0,
});

export const isSettled = (status: RecountStatus): boolean =>
  status === "completed" || status === "failed" || status === "skipped" || status === "cancelled";

/** When a step may be tried again after its Nth failure at `now`. */
function retryInstant(def: StepDef | undefined, failures: number, chance: number, now: number) {
  const {
    initialDelayMs = 1000,
    factor = 2,
    maxDelayMs = 60_000,
    jitter = "full",
  } = def?.retry ?? {};
  const delayMs = Math.min(maxDelayMs, initialDelayMs * factor ** (failures - 1));
  return now + (jitter === "full" ? delayMs * chance : delayMs);
}

/**
 * The steps of a `Recount`: statuses, attempts, failures and limits, by rules written independently
 * of the core. Steps are identified by their index in the plan. An invalid change throws
 * `BrokenPromise`.
 */
export class StepRecount {
  readonly plan: Plan;
  attemptCount = 0;
  retryCount = 0;
  counts: Counts;
  status: RecountStatus[];
  /** The newest attempt of each step, from 1. */
  attempt: number[];
  failures: number[];
  /**
   * Per step: starts since the run began or was last restored, and how many of these a crash
   * interrupted.
   */
  starts: number[];
  lost: number[];
  retryAt: number[];

  constructor(plan: Plan) {
    this.plan = plan;
    this.counts = noCounts(plan.defs.length);
    this.status = plan.defs.map(() => "pending");
    this.attempt = plan.defs.map(() => 0);
    this.failures = this.attempt.slice();
    this.starts = this.attempt.slice();
    this.lost = this.attempt.slice();
    this.retryAt = this.attempt.slice();
  }

  clone(): StepRecount {
    const copy = new StepRecount(this.plan);
    this.copyTo(copy);
    return copy;
  }

  protected copyTo(copy: StepRecount): void {
    copy.attemptCount = this.attemptCount;
    copy.retryCount = this.retryCount;
    copy.counts = { ...this.counts };
    copy.status = this.status.slice();
    copy.attempt = this.attempt.slice();
    copy.failures = this.failures.slice();
    copy.starts = this.starts.slice();
    copy.lost = this.lost.slice();
    copy.retryAt = this.retryAt.slice();
  }

  /** The run by the rules of the language; undefined for plain steps. */
  get run(): Run | undefined {
    return undefined;
  }

  // --- instances, by their index

  /** Number of instances that have existed. For plain steps: the steps of the workflow. */
  get size(): number {
    return this.plan.defs.length;
  }

  /** The ids of all instances, by their index. */
  get ids(): readonly string[] {
    return this.plan.defs.map(({ id }) => id);
  }

  idOf(index: number): string {
    return this.plan.defs[index]?.id ?? "";
  }

  /** -1 if there is no such instance. */
  indexOf(id: string): number {
    return this.plan.indexOf.get(id) ?? -1;
  }

  defOf(index: number): StepDef | undefined {
    return this.plan.defs[index];
  }

  /** True for an instance that an agent performs. */
  isLeaf(_index: number): boolean {
    return true;
  }

  /** How many entries of its agent's script an instance has used up. */
  scriptPosition(index: number): number {
    return this.failures[index] ?? 0;
  }

  /** The result of a completed instance. */
  resultOf(index: number): unknown {
    return this.plan.resultOf(this.idOf(index));
  }

  /** What a restored run still has of its past beside the steps. */
  get hidden(): string {
    return "";
  }

  /** The instant at which an open instance continues by itself; undefined if there is none. */
  get nextAlarm(): number | undefined {
    return undefined;
  }

  /** The instants, later than now, that keep the run from pausing without an attempt in flight. */
  get timers(): readonly number[] {
    return [];
  }

  /** Number of attempts in flight. */
  get runningCount(): number {
    return this.counts.running;
  }

  // --- questions

  isInFlight(index: number, attemptNumber: number): boolean {
    return this.status[index] === "running" && this.attempt[index] === attemptNumber;
  }

  /** The first step that may start at `at`; undefined if every step must wait. */
  startable(at: number): number | undefined {
    for (let index = 0; index < this.status.length; index += 1)
      if (this.isDue(index, at) && this.hasSlotFor(index) && this.isAffordable(index)) return index;
    return undefined;
  }

  /** The first step that only the budget holds back. */
  heldByBudget(at: number): number | undefined {
    for (let index = 0; index < this.status.length; index += 1)
      if (this.isDue(index, at) && this.hasSlotFor(index) && !this.isAffordable(index))
        return index;
    return undefined;
  }

  isDue(index: number, at: number): boolean {
    const status = this.status[index];
    return status === "ready" || (status === "waiting" && (this.retryAt[index] ?? 0) <= at);
  }

  /** True if the budget admits an attempt of this step. */
  isAffordable(_index: number): boolean {
    return true;
  }

  isFree(index: number): boolean {
    for (const dependency of this.plan.dependencies[index] ?? [])
      if (!this.#isSatisfying(dependency)) return false;
    return true;
  }

  hasSlotFor(index: number): boolean {
    const { concurrency, agentConcurrency } = this.plan.policy;
    const def = this.defOf(index);
    if (def === undefined) return false;
    const agentId = this.agentOf(index);
    if (concurrency !== undefined && this.runningCount >= concurrency) return false;
    const limit = agentConcurrency?.[agentId];
    if (limit === undefined && def.parallel) return true;
    let sameAgent = 0;
    for (let other = 0; other < this.status.length; other += 1) {
      if (this.status[other] !== "running") continue;
      if (this.agentOf(other) === agentId) sameAgent += 1;
      if (!def.parallel && this.defOf(other)?.parallel === false) return false;
    }
    return limit === undefined || sameAgent < limit;
  }

  /** True if every step is completed, skipped, or failed with `continueOnError`. */
  get isWhole(): boolean {
    return this.status.every((status, index) => status === "skipped" || this.#isSatisfying(index));
  }

  /** True if a step of the workflow is not settled. */
  get isUnfinished(): boolean {
    const { pending, ready, waiting, running } = this.counts;
    return pending + ready + waiting + running > 0;
  }

  /** The steps of the workflow itself, in batches that may run at once. */
  get batches(): readonly (readonly string[])[] {
    return this.plan.graph.executionOrder;
  }

  /** The first batch that contains an unsettled step. */
  get currentBatch(): number {
    const { batches } = this;
    const open = batches.findIndex((batch) =>
      batch.some((id) => !isSettled(this.statusOf(this.indexOf(id)))),
    );
    return open === -1 ? batches.length : open;
  }

  /**
   * The outcomes that dependents may use, by index: completed steps, and failures that
   * `continueOnError` allows.
   */
  get outcomes(): Outcomes {
    const outcomes = new Map<number, "completed" | "failed">();
    for (const [index, status] of this.status.entries()) {
      if (status !== "completed" && status !== "failed") continue;
      if (this.#isSatisfying(index)) outcomes.set(index, status);
    }
    return outcomes;
  }

  get results(): Results {
    return new Map();
  }

  get runningIds(): string[] {
    return this.status.flatMap((status, index) => (status === "running" ? [this.idOf(index)] : []));
  }

  protected agentOf(index: number): string {
    return this.defOf(index)?.agentId ?? "";
  }

  statusOf(index: number): RecountStatus {
    return this.status[index] ?? "pending";
  }

  // --- changes

  releaseFree(_now: number): void {
    for (let index = 0; index < this.status.length; index += 1) this.#readyIfFree(index);
  }

  /** Draws what follows from the instants that have come for open instances. */
  wake(_now: number): void {
    // A plain step is never open.
  }

  start(index: number): void {
    this.put(index, "running");
    this.attempt[index] = (this.attempt[index] ?? 0) + 1;
    this.starts[index] = (this.starts[index] ?? 0) + 1;
    this.attemptCount += 1;
    if ((this.failures[index] ?? 0) > 0) this.retryCount += 1;
    this.checkTries(index);
  }

  /** Checks that a step that has started may be tried so often. */
  protected checkTries(index: number): void {
    const counted = (this.starts[index] ?? 0) - (this.lost[index] ?? 0);
    const allowed = this.allowedTries(index);
    demand(
      counted <= allowed,
      "retries",
      () => `try ${counted} of ${this.idOf(index)} started; at most ${allowed} are allowed`,
    );
  }

  /** Checks that an outcome of this attempt may be recorded; returns the step's index. */
  outcomeOf(stepId: string, attemptNumber: number): number {
    const index = this.indexOf(stepId);
    const status = this.statusOf(index);
    demand(
      !isSettled(status),
      "recordedOnce",
      () => `an outcome of ${stepId} was recorded, although the step is ${status}`,
    );
    demand(
      this.isInFlight(index, attemptNumber),
      "newestAttempt",
      () =>
        `an outcome of attempt ${attemptNumber} of ${stepId} was recorded; ` +
        `the step is ${status}, its newest attempt is ${this.attempt[index]}`,
    );
    return index;
  }

  complete(index: number, _answer: Answer, _now: number): void {
    this.put(index, "completed");
    this.#settled(index);
  }

  fail(index: number, { reason, chance }: Failing, now: number): void {
    if (reason === "interrupted") {
      this.lost[index] = (this.lost[index] ?? 0) + 1;
      this.put(index, "ready");
      return;
    }
    const def = this.defOf(index);
    const failures = (this.failures[index] ?? 0) + 1;
    this.failures[index] = failures;
    const isRetried = reason === "error" || reason === "timeout";
    if (isRetried && failures <= (def?.retries ?? 0)) {
      this.retryAt[index] = retryInstant(def, failures, chance, now);
      this.put(index, "waiting");
      return;
    }
    this.put(index, "failed");
    this.#settled(index);
  }

  /** Goes back to these outcomes, by index; all other steps start again. */
  restore({ outcomes }: RestoredState, now: number): void {
    for (let index = 0; index < this.status.length; index += 1) {
      this.put(index, outcomes.get(index) ?? "pending");
      this.failures[index] = 0;
      this.starts[index] = 0;
      this.lost[index] = 0;
    }
    this.releaseFree(now);
  }

  /** Goes back; returns why the run refuses to. Only runs of the language do. */
  goBack(_event: WorkflowEvent, _place: Place): Refusal | undefined {
    return "unknown_step";
  }

  /** Cancels the running steps or, if `all` is true, every unsettled step. */
  cancel(all: boolean): void {
    for (let index = 0; index < this.status.length; index += 1) {
      const status = this.statusOf(index);
      if (all ? !isSettled(status) && status !== "absent" : status === "running")
        this.put(index, "cancelled");
    }
  }

  // --- rules

  protected put(index: number, status: RecountStatus): void {
    this.counts[this.statusOf(index)] -= 1;
    this.counts[status] += 1;
    this.status[index] = status;
  }

  /** How many tries of a step may start, not counting those lost to a crash. */
  protected allowedTries(index: number): number {
    return (this.defOf(index)?.retries ?? 0) + 1;
  }

  /** Draws what follows from the outcome of a step. */
  #settled(index: number): void {
    if (this.#isSatisfying(index))
      for (const dependent of this.plan.dependents[index] ?? []) this.#readyIfFree(dependent);
    else this.#skipDependents(index);
  }

  #isSatisfying(index: number): boolean {
    const status = this.status[index];
    return (
      status === "completed" ||
      (status === "failed" && this.plan.defs[index]?.continueOnError === true)
    );
  }

  #readyIfFree(index: number): void {
    if (this.status[index] === "pending" && this.isFree(index)) this.put(index, "ready");
  }

  #skipDependents(index: number): void {
    for (const dependent of this.plan.dependents[index] ?? []) {
      if (this.status[dependent] !== "pending") continue;
      this.put(dependent, "skipped");
      this.#skipDependents(dependent);
    }
  }
}
