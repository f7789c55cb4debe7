import type { Budget, FailureReason, StepDef, UsageAmounts } from "@automatosx/rescript-core";
import { ExpressionFailure, type FailureKind } from "./ExpressionFailure.js";
import { answerGate, type GateAnswer, type Refusal, resolve } from "./gates.js";
import type { Instance } from "./Instance.js";
import type { HandlerKind } from "./InstanceStore.js";
import type { StepTreeOptions } from "./LeafTree.js";
import { scopeOfRun } from "./names.js";
import { afterFailure, handsOver, isUnknown } from "./outcomes.js";
import { Quotas } from "./Quotas.js";
import { type AgentLimit, Spending } from "./Spending.js";
import { StepTree } from "./StepTree.js";
import { schemaMisfit } from "./schema-misfit.js";
import { fillValue } from "./template.js";

/** How a run has ended. */
export interface RunEnd {
  readonly status: "completed" | "failed" | "cancelled";
  readonly outputs?: unknown;
  readonly error?: {
    readonly code:
      | "step_failed"
      | "outputs_failed"
      | "stopped"
      | "handler_failed"
      | "budget_exceeded";
    readonly message: string;
    /** What kind of mistake made an expression of the outputs fail. */
    readonly failureKind?: FailureKind;
  };
  /** The reason of the stop that ended the run. */
  readonly reason?: string;
}

/** What a run performs. */
export interface RunPlan {
  readonly steps: readonly StepDef[];
  readonly outputs?: Readonly<Record<string, unknown>>;
  readonly on?: Readonly<Partial<Record<HandlerKind, readonly StepDef[]>>>;
  readonly budget?: Budget;
  readonly agentLimits?: Readonly<Record<string, AgentLimit>>;
}

/** What an attempt brings with its answer. */
export interface Extras {
  readonly usage?: UsageAmounts | undefined;
  readonly session?: string | undefined;
  readonly agent?: string | undefined;
  readonly files?: Readonly<Record<string, string>> | undefined;
}

export interface AttemptFailure {
  readonly reason: FailureReason;
  readonly error: string;
  readonly answer?: unknown;
  readonly usage?: UsageAmounts | undefined;
  readonly retryAt?: number | undefined;
  readonly scope?: string | undefined;
  /** A number in [0, 1) for the jitter of the delay. */
  readonly chance?: number;
}

export type PauseReason = "asked" | "waiting" | "budget";

type Phase = "main" | HandlerKind | "done";

/** A run by the rules of the language: applies events, and neither launches nor waits. */
export class Run {
  readonly tree: StepTree;
  spending: Spending;
  quotas: Quotas;
  phase: Phase = "main";
  pausedFor: PauseReason | undefined;
  now: number;
  isCancelled = false;
  readonly #plan: RunPlan;
  #pausedAt = 0;
  #pausedMs = 0;
  #isOverBudget = false;

  constructor(plan: RunPlan, options: StepTreeOptions, now = 0, from?: Run) {
    this.#plan = plan;
    this.now = now;
    const { budget, agentLimits = {} } = plan;
    this.tree = from?.tree.clone(options) ?? new StepTree(plan.steps, options);
    this.spending = from?.spending.clone() ?? new Spending(budget, agentLimits);
    this.quotas = from?.quotas.clone() ?? new Quotas(agentLimits);
    if (from === undefined) return;
    this.phase = from.phase;
    this.pausedFor = from.pausedFor;
    this.now = from.now;
    this.isCancelled = from.isCancelled;
    this.#pausedAt = from.#pausedAt;
    this.#pausedMs = from.#pausedMs;
    this.#isOverBudget = from.#isOverBudget;
  }

  clone(options: StepTreeOptions): Run {
    return new Run(this.#plan, options, this.now, this);
  }

  /** The run as it begins again; what it has used and the signals that it has kept are left. */
  restarted(options: StepTreeOptions): Run {
    this.spending.settleLost(() => false);
    const { signals } = this.tree;
    const run = new Run(this.#plan, { ...options, signals: signals.clone() }, this.now);
    run.spending = this.spending;
    run.quotas = this.quotas;
    return run;
  }

  /** The run as it is with other steps, or other outcomes; it is at its main steps again. */
  replanted(plan: RunPlan, options: StepTreeOptions): Run {
    const { signals } = this.tree;
    const run = new Run(plan, { ...options, signals: signals.clone() }, this.now);
    run.spending = this.spending;
    if (JSON.stringify(plan.budget) !== JSON.stringify(this.#plan.budget))
      run.spending.replace(plan.budget);
    run.quotas = this.quotas;
    run.pausedFor = this.pausedFor;
    run.#pausedAt = this.#pausedAt;
    run.#pausedMs = this.#pausedMs;
    return run;
  }

  get plan(): RunPlan {
    return this.#plan;
  }

  /** Time passes until the next fact; that in which an attempt was lost counts for nothing. */
  elapse(at: number, isLost: boolean): void {
    const isBusy = this.running.length > 0 && this.spending.isLimited;
    if (isBusy && !isLost) this.spending.busyMs += Math.max(0, at - this.now);
    this.now = at;
  }

  // --- questions

  /** The time for which the run was not paused. */
  get runTime(): number {
    return (this.pausedFor === undefined ? this.now : this.#pausedAt) - this.#pausedMs;
  }

  get running(): readonly Instance[] {
    return this.tree.open.filter(({ status }) => status === "running");
  }

  /** Leaves that may start, as far as slots and the budget are not concerned. */
  get due(): readonly Instance[] {
    return this.tree.open.filter((leaf) => this.startsAt(leaf) <= this.now);
  }

  /** When a leaf that is ready or waiting may start; never for any other. */
  startsAt(leaf: Instance): number {
    const { status, dueAt, scope } = leaf;
    if (status !== "ready" && status !== "waiting") return Number.POSITIVE_INFINITY;
    const ownAt = status === "waiting" && scope === undefined ? dueAt : Number.NEGATIVE_INFINITY;
    return Math.max(ownAt, this.quotas.freeAt(leaf));
  }

  /** The instants that keep the run from pausing: retries, parks, rates, sleeps and rounds. */
  get timers(): number[] {
    const starts = this.tree.open.map((leaf) => this.startsAt(leaf)).filter(Number.isFinite);
    return [...starts, ...this.tree.alarms].filter((at) => at > this.now);
  }

  /** The instants at which something ends that does not keep the run going. */
  get limits(): number[] {
    const shift = this.now - this.runTime;
    return [...this.tree.expiries, ...this.tree.deadlines.map((at) => at + shift)];
  }

  /** What the run waits for: open gates and signals, and effects of unknown outcome. */
  get waitsFor(): readonly Instance[] {
    return this.tree.open.filter(
      ({ status, form, signal }) =>
        status === "unknown" || (status === "open" && (form === "gate" || signal !== undefined)),
    );
  }

  // --- facts

  start(leaf: Instance): void {
    leaf.attemptNumber += 1;
    leaf.status = "running";
    leaf.scope = undefined;
    // What an earlier attempt has left is gone: a check has refused its answer.
    leaf.answeredBy = undefined;
    leaf.session = undefined;
    this.spending.launch(leaf);
    this.quotas.started(leaf.agentId, this.now);
  }

  /** An attempt has given an answer; checks may refuse it. */
  complete(
    leaf: Instance,
    answer: unknown,
    { usage, session, agent, files = {} }: Extras = {},
  ): void {
    this.spending.settle(leaf, usage, false);
    leaf.answeredBy = agent ?? leaf.agentId;
    leaf.session = session;
    leaf.files = files;
    this.quotas.answered(leaf.agentId, this.now);
    this.tree.setClock({ now: this.now, runTime: this.runTime, isAwake: !this.pausedFor });
    this.tree.takeAnswer(leaf, answer);
  }

  fail(leaf: Instance, failure: AttemptFailure): void {
    const { reason, error, usage, chance = 0 } = failure;
    this.spending.settle(leaf, usage, reason === "interrupted");
    if (isUnknown(leaf, reason)) {
      this.tree.leaveUnknown(leaf, error);
    } else if (reason === "interrupted") leaf.status = "ready";
    else if (reason === "rate_limit") this.#park(leaf, failure);
    else afterFailure(leaf, failure, (delayMs) => this.now + delayMs, chance);
  }

  #park(leaf: Instance, { retryAt, scope }: AttemptFailure): void {
    const name = scope ?? this.quotas.scopeOf(leaf.agentId);
    const until = this.quotas.park(name, retryAt, this.now);
    if (handsOver(leaf, "rate_limit")) {
      leaf.failureCount += 1;
      return;
    }
    leaf.status = "waiting";
    leaf.scope = name;
    leaf.dueAt = until;
    if (leaf.deadlineAt !== undefined) leaf.deadlineAt += until - this.now;
  }

  /** Answers a gate, or says of an effect whether it happened. */
  answer(path: string, attemptNumber: number | undefined, answer: GateAnswer): Refusal | undefined {
    const instance = this.tree.at(path);
    if (instance === undefined) return "unknown_step";
    const asked = attemptNumber ?? instance.attemptNumber;
    if (asked < instance.attemptNumber) return "older_attempt";
    // A question that a crash has undone was never asked.
    if (asked > instance.attemptNumber) return "gate_not_open";
    const isUnsure = instance.status === "unknown";
    if (!isUnsure && (instance.form !== "gate" || instance.status !== "open"))
      return "gate_not_open";
    const refusal = isUnsure ? resolve(instance, answer.values) : answerGate(instance, answer);
    if (refusal === undefined) this.tree.note(instance);
    return refusal;
  }

  signal(name: string, data: unknown, id: string | undefined): Refusal | undefined {
    const { signals } = this.tree;
    if (signals.isKnown(id)) return "duplicate_signal";
    // Of those that began to wait at one instant, the one that came to be first.
    const waiting = this.tree.instances
      .filter(({ status, signal }) => status === "open" && signal === name)
      .toSorted((a, b) => a.openedAt - b.openedAt)[0];
    if (waiting === undefined) {
      if (signals.isFull) return "signals_full";
      signals.keep(name, data);
    } else {
      const { form } = waiting.def.wait ?? {};
      if (form !== undefined && schemaMisfit(form, data) !== undefined) return "invalid_answer";
      waiting.complete(data);
      this.tree.note(waiting);
    }
    signals.note(id);
    return undefined;
  }

  pause(reason: PauseReason): void {
    // A user may pause a run that has paused itself.
    if (this.pausedFor === undefined) this.#pausedAt = this.now;
    this.pausedFor = reason;
  }

  resume(): void {
    if (this.pausedFor === undefined) return;
    this.pausedFor = undefined;
    this.#pausedMs += this.now - this.#pausedAt;
  }

  /** The first time, `on.always` runs; the second time, the run ends. Returns true if it ends. */
  cancel(): boolean {
    const { always = [] } = this.#plan.on ?? {};
    const isAtOnce = always.length === 0 || !this.#hasBegun || this.phase === "always";
    this.isCancelled = true;
    this.#cancelAll();
    if (isAtOnce) this.phase = "done";
    this.resume();
    return isAtOnce;
  }

  /** There may be something to clean up after a leaf that has begun. */
  get #hasBegun(): boolean {
    if (this.spending.hasLaunched) return true;
    return this.tree.instances.some(({ attemptNumber, status, form }) => {
      const isIdle = status === "pending" || status === "ready" || status === "skipped";
      const isLeaf = form === "leaf" || form === "gate" || form === "wait";
      return isLeaf && (attemptNumber > 0 || !isIdle);
    });
  }

  /**
   * The budget is used up, and the run does not wait for another one. With handlers, the main steps
   * are cancelled and the handlers run. Returns true if all ends.
   */
  exceedBudget(): boolean {
    const { failure = [], always = [] } = this.#plan.on ?? {};
    const left = { main: [...failure, ...always], failure: always, always: [], done: [] };
    const isAtOnce = left[this.phase].length === 0;
    this.#isOverBudget = true;
    if (isAtOnce) this.phase = "done";
    else this.#cancelAll();
    return isAtOnce;
  }

  /** True while the handlers run of a run that is cancelled, or fails as a whole. */
  get isEnding(): boolean {
    return this.isCancelled || (this.#isOverBudget && this.phase !== "done");
  }

  /** Draws what follows; what is due happens only if `isAwake`. */
  settle(isAwake = this.pausedFor === undefined): void {
    this.draw(isAwake);
    this.#settleLost();
  }

  /** Draws what follows, before it is clear which attempts are lost. */
  draw(isAwake: boolean): void {
    const { now, runTime } = this;
    do this.tree.settle({ now, runTime, isAwake });
    while (this.#entersNextPhase());
  }

  /** What was aborted is charged what it was expected to use. */
  #settleLost(): void {
    this.spending.settleLost((path, attemptNumber) => {
      const leaf = this.tree.at(path);
      return leaf?.status === "running" && leaf.attemptNumber === attemptNumber;
    });
  }

  #cancelAll(): void {
    this.tree.cancel(this.tree.steps);
    for (const kind of ["failure", "always"] as const)
      this.tree.cancel(this.tree.stepsOf(kind) ?? []);
    this.#settleLost();
  }

  // --- phases and the end

  #entersNextPhase(): boolean {
    const { phase, tree } = this;
    if (phase === "done") return false;
    const current = phase === "main" ? tree.steps : (tree.stepsOf(phase) ?? []);
    if (!current.every(({ isSettled }) => isSettled)) return false;
    const { failure = [], always = [] } = this.#plan.on ?? {};
    const { status } = this.#mainEnd;
    if (phase === "main" && failure.length > 0 && status === "failed")
      this.#enter("failure", failure);
    else if (phase !== "always" && always.length > 0) this.#enter("always", always);
    else this.phase = "done";
    return this.phase !== "done";
  }

  #enter(kind: HandlerKind, defs: readonly StepDef[]): void {
    const { status, error } = this.#mainEnd;
    this.phase = kind;
    this.tree.enterHandler(kind, defs, {
      status,
      error: error?.message ?? null,
      reason: this.tree.stopped?.reason ?? null,
      failed: this.#failed.map(({ path, error: message, reason }) => ({
        id: path,
        error: message,
        reason: reason ?? null,
      })),
    });
  }

  /** Main steps that have failed where neither they nor anything around them tolerates it. */
  get #failed(): readonly Instance[] {
    const { stopped, steps, instances } = this.tree;
    // What was cancelled around a failed step does not say that it has failed.
    const isCut = stopped !== undefined || this.isCancelled || this.#isOverBudget;
    const candidates = isCut ? instances.filter(({ path }) => !path.startsWith(":")) : steps;
    return candidates.filter(
      (instance) =>
        instance.status === "failed" &&
        instance.role !== "attached" &&
        !instance.around.some(({ isTolerant }) => isTolerant),
    );
  }

  /** How the main steps end the run. */
  get #mainEnd(): RunEnd {
    const { stopped } = this.tree;
    if (this.isCancelled || stopped?.as === "cancelled") return { status: "cancelled" };
    if (this.#isOverBudget)
      return {
        status: "failed",
        error: { code: "budget_exceeded", message: "the budget is used up" },
      };
    if (stopped?.as === "failed") {
      const message = stopped.reason ?? `stopped by ${stopped.by}`;
      return { status: "failed", error: { code: "stopped", message } };
    }
    const failed = this.#failed;
    if (failed.length === 0) return { status: "completed" };
    const message = failed.map(({ path, error }) => `step \`${path}\` failed: ${error}`).join("; ");
    return { status: "failed", error: { code: "step_failed", message } };
  }

  /** How the run has ended; undefined while it has not. */
  get end(): RunEnd | undefined {
    if (this.phase !== "done") return undefined;
    const { stopped } = this.tree;
    const reason = stopped?.reason == null ? {} : { reason: stopped.reason };
    return { ...this.#wholeEnd, ...reason };
  }

  get #wholeEnd(): RunEnd {
    const main = this.#mainEnd;
    if (main.status !== "completed") return main;
    const handlers = [
      ...(this.tree.stepsOf("failure") ?? []),
      ...(this.tree.stepsOf("always") ?? []),
    ];
    const failed = handlers.filter(
      ({ status, isTolerated }) => status === "failed" && !isTolerated,
    );
    if (failed.length > 0) {
      const message = failed
        .map(({ path, error }) => `step \`${path}\` failed: ${error}`)
        .join("; ");
      return { status: "failed", error: { code: "handler_failed", message } };
    }
    const { outputs } = this.#plan;
    if (outputs === undefined) return main;
    try {
      return { ...main, outputs: fillValue(outputs, scopeOfRun(this.tree.names)) };
    } catch (error) {
      if (!(error instanceof ExpressionFailure)) throw error;
      return {
        status: "failed",
        error: { code: "outputs_failed", message: error.message, failureKind: error.kind },
      };
    }
  }
}
