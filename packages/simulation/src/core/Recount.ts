import type { CheckpointData, WorkflowEvent } from "@automatosx/rescript-core";
import { checkMayStart } from "./check-may-start.js";
import type { Plan } from "./Plan.js";
import { demand } from "./promises.js";
import { applyFact, checkFailure, checkPause, mustAcceptFact } from "./recount-facts.js";
import {
  type Answer,
  type Outcomes,
  type Place,
  type Results,
  StepRecount,
} from "./StepRecount.js";
import { TreeRecount } from "./TreeRecount.js";
import { CHANGES, WAYS_BACK } from "./ways-back.js";

/** What a checkpoint id denotes if no checkpoint has it. */
export const BEFORE_THE_FIRST = "beginning";
export const AS_IT_STANDS = "now";

/** What a run is doing, as derived from its events alone. */
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

const recountOfSteps = (plan: Plan): StepRecount =>
  plan.tree === undefined ? new StepRecount(plan) : new TreeRecount(plan);

/**
 * A second opinion on a run. It receives every accepted event, keeps its own counts by rules
 * written independently of the core, and throws `BrokenPromise` for an event that the core must
 * refuse.
 */
export class Recount {
  readonly plan: Plan;
  readonly steps: StepRecount;
  phase: Phase = "preparing";
  /** The phase that the run returns to after a checkpoint. */
  cameFrom: Phase = "preparing";
  now = Number.NEGATIVE_INFINITY;
  checkpointCount = 0;
  /** Names of the checkpoints that completed steps request. */
  wanted: readonly string[] = [];
  /** The count from which the next automatic checkpoint is measured. */
  completedAtLast = 0;
  lastAt = Number.NEGATIVE_INFINITY;
  /** The outcomes at each checkpoint, by checkpoint id. */
  outcomesAt: ReadonlyMap<string, Outcomes> = new Map();

  /** The results at each checkpoint, by checkpoint id. */
  resultsAt: ReadonlyMap<string, Results> = new Map();

  constructor(plan: Plan, steps = recountOfSteps(plan)) {
    this.plan = plan;
    this.steps = steps;
  }

  clone(): Recount {
    const copy = new Recount(this.plan, this.steps.clone());
    copy.phase = this.phase;
    copy.cameFrom = this.cameFrom;
    copy.now = this.now;
    copy.checkpointCount = this.checkpointCount;
    copy.wanted = this.wanted;
    copy.completedAtLast = this.completedAtLast;
    copy.lastAt = this.lastAt;
    copy.outcomesAt = this.outcomesAt;
    copy.resultsAt = this.resultsAt;
    return copy;
  }

  get hasEnded(): boolean {
    const { phase } = this;
    return phase === "completed" || phase === "failed" || phase === "cancelled";
  }

  get #hasPausedItself(): boolean {
    const { pausedFor } = this.steps.run ?? {};
    return this.phase === "paused" && (pausedFor === "waiting" || pausedFor === "budget");
  }

  /** True if refusing this event now would lose information. */
  mustAccept(event: WorkflowEvent): boolean {
    switch (event.type) {
      case "step_completed":
      case "step_answered":
      case "step_failed":
        return (
          this.#acceptsOutcomes &&
          this.steps.isInFlight(this.#index(event.stepId), event.attemptNumber)
        );
      case "cancel_workflow":
        return !this.hasEnded;
      case "pause_workflow":
        // The machine's own reason to pause may be gone when it arrives.
        return event.reason === undefined && (this.phase === "executing" || this.#hasPausedItself);
      case "resume_workflow":
        return this.phase === "paused";
      case "create_checkpoint":
        return this.phase === "executing" || this.phase === "paused";
      case "checkpoint_created":
        return this.phase === "checkpoint";
      case "restore_checkpoint":
        return this.phase === "paused" || this.phase === "failed";
      case "result_edited":
      case "steps_reopened":
      case "definition_changed":
        return this.#mayGoBack && this.steps.clone().goBack(event, this.#place) === undefined;
      default:
        return this.#acceptsOutcomes && mustAcceptFact(this.steps, event);
    }
  }

  /** Counts an event accepted at `at`, which is never earlier than the latest known instant. */
  apply(event: WorkflowEvent, at: number): void {
    this.#elapse(event, at);
    if (this.hasEnded) this.#mayReopen(event);
    if (CHANGES.has(event.type)) {
      this.#goBack(event);
      return;
    }
    switch (event.type) {
      case "initiate_workflow":
        this.lastAt = this.now;
        break;
      case "graph_built":
        this.steps.releaseFree(this.now);
        break;
      case "steps_scheduled":
      case "checkpoint_restored":
        this.phase = "executing";
        break;
      case "resume_workflow":
        this.phase = "executing";
        this.#resume();
        break;
      case "execute_step_batch":
        this.#startAll(event.stepIds);
        break;
      case "step_completed":
      case "step_answered":
        this.#complete(this.steps.outcomeOf(event.stepId, event.attemptNumber), event);
        break;
      case "step_failed":
        this.steps.fail(this.steps.outcomeOf(event.stepId, event.attemptNumber), event, this.now);
        break;
      case "steps_due":
        this.#wake(event.stepIds);
        break;
      case "create_checkpoint":
        this.#beginCheckpoint(event.name);
        break;
      case "checkpoint_created":
        this.#keepCheckpoint(event.checkpointId);
        break;
      case "pause_workflow":
        checkPause(this.steps, event.reason);
        this.phase = "paused";
        this.steps.run?.pause(event.reason ?? "asked");
        break;
      case "restore_checkpoint":
        this.#restore(event.checkpointData);
        break;
      case "batch_completed":
        this.#mayCompleteBatch();
        break;
      case "all_steps_completed":
        this.#mayGather();
        this.phase = "gathering";
        break;
      case "complete_workflow":
        this.phase = "completed";
        break;
      case "workflow_failed":
        this.#fail(event.code);
        break;
      case "cancel_workflow":
        this.#cancel();
        break;
      default:
        applyFact(this.steps, event, this.now);
        break;
    }
  }

  #elapse(event: WorkflowEvent, at: number): void {
    if (at > this.now) this.now = at;
    const isLost = event.type === "step_failed" && event.reason === "interrupted";
    this.steps.run?.elapse(this.now, isLost);
  }

  get #mayGoBack(): boolean {
    const { run } = this.steps;
    const isWhere = this.#acceptsOutcomes || this.phase === "failed";
    return run !== undefined && isWhere && !run.isEnding;
  }

  /** What a run that is forked begins with may be another workflow. */
  #mayBecome(event: WorkflowEvent): boolean {
    const isFork = event.type === "definition_changed" && this.phase === "restoring";
    return this.#mayGoBack || isFork;
  }

  get #place(): Place {
    return { now: this.now, hasFailed: this.phase === "failed" };
  }

  /** Another result, steps to perform again, or other steps. Nothing starts by it. */
  #goBack(event: WorkflowEvent): void {
    demand(
      this.#mayBecome(event),
      "contentHolds",
      () => `${event.type} was accepted while the run was ${this.phase}`,
    );
    const refusal = this.steps.goBack(event, this.#place);
    demand(
      refusal === undefined,
      "contentHolds",
      () => `${JSON.stringify(event)} was accepted; the recount refuses it: ${refusal}`,
    );
    // Completions that are gone do not count towards the next checkpoint.
    this.completedAtLast = Math.min(this.completedAtLast, this.steps.counts.completed);
    if (this.phase !== "failed") return;
    this.phase = "paused";
    this.steps.run?.pause("asked");
  }

  #keepCheckpoint(checkpointId: string): void {
    this.checkpointCount += 1;
    this.outcomesAt = new Map(this.outcomesAt).set(checkpointId, this.steps.outcomes);
    this.resultsAt = new Map(this.resultsAt).set(checkpointId, this.steps.results);
    this.phase = this.cameFrom;
  }

  /** True if a step or the policy requests a checkpoint now. */
  get isCheckpointDue(): boolean {
    if (this.wanted.length > 0) return true;
    const completions = this.steps.counts.completed - this.completedAtLast;
    if (completions <= 0 || !this.steps.isUnfinished) return false;
    const { checkpointEvery, checkpointIntervalMs } = this.plan.policy;
    const isIntervalOver =
      checkpointIntervalMs !== undefined && this.now - this.lastAt >= checkpointIntervalMs;
    return isIntervalOver || (checkpointEvery !== undefined && completions >= checkpointEvery);
  }

  /** To resume a run that its budget still holds back is to let it use more. */
  #resume(): void {
    const { run } = this.steps;
    const isHeld = this.steps.heldByBudget(this.now) !== undefined;
    if (run?.pausedFor === "budget" && isHeld) run.spending.pass();
    run?.resume();
  }

  // --- rules

  get #acceptsOutcomes(): boolean {
    return this.phase === "executing" || this.phase === "paused" || this.phase === "checkpoint";
  }

  #fail(code: string | undefined): void {
    if (!checkFailure(this.steps, code)) {
      this.#runHandlers();
      return;
    }
    this.phase = "failed";
    this.steps.cancel(false);
  }

  #runHandlers(): void {
    this.steps.releaseFree(this.now);
    if (this.phase === "checkpoint") this.cameFrom = "executing";
    else this.phase = "executing";
  }

  /** A run with handlers is cancelled in two steps: the first one begins those that always run. */
  #cancel(): void {
    const { run } = this.steps;
    const mayRunHandlers = run?.end === undefined && this.#acceptsOutcomes;
    if (run !== undefined && mayRunHandlers && !run.cancel()) {
      this.#runHandlers();
      return;
    }
    this.phase = "cancelled";
    this.steps.cancel(true);
  }

  #index(stepId: string): number {
    return this.steps.indexOf(stepId);
  }

  #mayReopen(event: WorkflowEvent): void {
    const reopens = this.phase === "failed" && WAYS_BACK.has(event.type);
    demand(reopens, "oneEnd", () => `${event.type} was accepted after the run was ${this.phase}`);
  }

  #mayCompleteBatch(): void {
    demand(
      this.steps.runningCount === 0,
      "noLostWakeUp",
      () => `a batch counted as completed while ${this.steps.runningIds.join(", ")} ran`,
    );
  }

  #mayGather(): void {
    demand(
      this.phase === "executing" && this.steps.isWhole,
      "sameResults",
      () => `the run counted as completed while its steps were ${this.steps.status.join(", ")}`,
    );
  }

  #wake(stepIds: readonly string[]): void {
    demand(
      this.phase === "executing",
      "pauseHolds",
      () => `${stepIds.join(", ")} continued while the run was in ${this.phase}`,
    );
    const { nextAlarm } = this.steps;
    demand(
      nextAlarm !== undefined && nextAlarm <= this.now,
      "timers",
      () => `${stepIds.join(", ")} continued at ${this.now}; the next is due at ${nextAlarm}`,
    );
    this.steps.wake(this.now);
  }

  #startAll(stepIds: readonly string[]): void {
    demand(
      this.phase === "executing",
      "pauseHolds",
      () => `${stepIds.join(", ")} started while the run was in ${this.phase}`,
    );
    for (const id of stepIds) {
      const index = this.#index(id);
      checkMayStart(this.steps, id, this.now);
      this.steps.start(index);
    }
  }

  #complete(index: number, answer: Answer): void {
    this.steps.complete(index, answer, this.now);
    if (this.steps.statusOf(index) !== "completed") return;
    const name = this.steps.defOf(index)?.checkpoint;
    if (name !== undefined && !this.wanted.includes(name)) this.wanted = [...this.wanted, name];
  }

  #beginCheckpoint(name: string | undefined): void {
    // With late deliveries the same request may arrive twice.
    const isRequested =
      name !== undefined ||
      this.plan.habits.deliversLate ||
      (this.isCheckpointDue && this.wanted.length === 0);
    demand(isRequested, "checkpointsDue", () => "a checkpoint began without a request");
    this.wanted = this.wanted.filter((wanted) => wanted !== name);
    this.#restartCheckpointCount();
    this.cameFrom = this.phase;
    this.phase = "checkpoint";
  }

  #restore({ checkpointId, completedSteps, toleratedFailures = {} }: CheckpointData): void {
    const outcomes = this.#outcomesAt(checkpointId);
    const wanted = this.#listed(outcomes, "failed");
    const kept = this.#sorted(Object.keys(toleratedFailures));
    demand(
      kept === wanted,
      "outcomesStay",
      () => `the restore of ${checkpointId} keeps the failures of [${kept}], not of [${wanted}]`,
    );
    const completed = this.#listed(outcomes, "completed");
    demand(
      this.#sorted(completedSteps) === completed,
      "outcomesStay",
      () =>
        `the restore of ${checkpointId} keeps [${completedSteps.join(", ")}], not [${completed}]`,
    );
    const results = this.resultsAt.get(checkpointId) ?? this.steps.results;
    // A run that resumes where it failed loses no result.
    const keepsOffers = this.phase === "failed" && checkpointId === AS_IT_STANDS;
    this.phase = "restoring";
    this.steps.restore({ outcomes, results, keepsOffers }, this.now);
    this.wanted = [];
    this.#restartCheckpointCount();
  }

  // By the recount's own record of the checkpoint, never by what the event says.
  #outcomesAt(checkpointId: string): Outcomes {
    if (checkpointId === BEFORE_THE_FIRST) return new Map();
    if (checkpointId === AS_IT_STANDS) return this.steps.outcomes;
    const outcomes = this.outcomesAt.get(checkpointId);
    demand(
      outcomes !== undefined,
      "checkpointsStay",
      () => `the run was restored to ${checkpointId}, which was never written`,
    );
    return outcomes;
  }

  #listed(outcomes: Outcomes, status: "completed" | "failed"): string {
    return this.#sorted(
      [...outcomes.keys()].flatMap((index) =>
        outcomes.get(index) === status ? [this.steps.idOf(index)] : [],
      ),
    );
  }

  #sorted(ids: readonly string[]): string {
    return ids.toSorted().join(", ");
  }

  #restartCheckpointCount(): void {
    this.completedAtLast = this.steps.counts.completed;
    this.lastAt = this.now;
  }
}
