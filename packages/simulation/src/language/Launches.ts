import { ExpressionFailure } from "./ExpressionFailure.js";
import type {
  InterpretedWorkflow,
  InterpreterOptions,
  LaunchReply,
  LaunchRequest,
} from "./Host.js";
import type { Instance } from "./Instance.js";
import { scopeOf } from "./names.js";
import { previousResultsOf } from "./previous-results.js";
import type { Run } from "./Run.js";
import { readAnswer } from "./read-answer.js";
import { renderedRun } from "./requests.js";
import { sessionOf } from "./sessions.js";
import { fillValue, renderText } from "./template.js";

interface Flight {
  readonly instance: Instance;
  readonly attemptNumber: number;
  readonly reply: LaunchReply;
  readonly endsAt: number;
}

/** The attempts of a run: what starts, how long it takes, and what comes of it. */
export class Launches {
  /** What has happened, in order: `PATH started`, for a leaf, and `PATH STATUS`, once settled. */
  readonly log: string[] = [];
  /** Number of launches by agent; programs are not counted. */
  readonly countOf = new Map<string, number>();
  /** The most attempts in flight at once, by agent. */
  readonly mostAtOnce = new Map<string, number>();
  /** The task that each leaf was last given. */
  readonly tasks = new Map<string, string>();
  /** True if the budget held a leaf back that could have started otherwise. */
  isHeldByBudget = false;
  #flights: Flight[] = [];
  readonly #workflow: InterpretedWorkflow;
  readonly #options: InterpreterOptions;
  readonly #history: { readonly run: Run };

  /** `history` returns the current run, which is another one after it went back. */
  constructor(
    workflow: InterpretedWorkflow,
    options: InterpreterOptions,
    history: { readonly run: Run },
  ) {
    this.#workflow = workflow;
    this.#options = options;
    this.#history = history;
  }

  get #run(): Run {
    return this.#history.run;
  }

  /** Time since the run began, in ms. */
  get now(): number {
    return this.#run.now;
  }

  /** The attempts in flight. */
  get inFlight(): readonly Instance[] {
    return this.#flights.map(({ instance }) => instance);
  }

  /** Starts whichever of these leaves may start; returns false if none may. */
  start(leaves: readonly Instance[]): boolean {
    let hasStarted = false;
    this.isHeldByBudget = false;
    for (const instance of leaves) {
      if (this.#run.startsAt(instance) > this.now || !this.#hasSlotFor(instance)) continue;
      if (!this.#run.spending.admits(instance)) {
        this.isHeldByBudget = true;
        continue;
      }
      hasStarted = true;
      this.#launch(instance);
    }
    return hasStarted;
  }

  /**
   * Lets time pass until an attempt ends or an instant comes; returns false if nothing can
   * happen that keeps the run from pausing.
   */
  advance(): boolean {
    const { timers, limits } = this.#run;
    const ends = this.#flights.map(({ endsAt }) => endsAt);
    if (ends.length === 0 && timers.length === 0) return false;
    const next = Math.min(...ends, ...[...timers, ...limits].filter((at) => at > this.now));
    if (this.#flights.length > 0) this.#run.spending.busyMs += Math.max(0, next - this.now);
    this.#run.now = Math.max(this.now, next);
    this.#endOne();
    return true;
  }

  /** Lets everything in flight end, for a run that starts nothing any more. */
  finish(): void {
    while (this.#flights.length > 0) {
      this.#run.now = Math.max(this.now, Math.min(...this.#flights.map(({ endsAt }) => endsAt)));
      this.#endOne();
      this.#run.settle();
      this.forgetAborted();
    }
  }

  /** Drops the attempts that the run no longer waits for. */
  forgetAborted(): void {
    this.#flights = this.#flights.flatMap((flight) => {
      const instance = this.#run.tree.at(flight.instance.path);
      const isWanted =
        instance?.status === "running" && instance.attemptNumber === flight.attemptNumber;
      return isWanted ? [{ ...flight, instance }] : [];
    });
  }

  /** A crash: what is in flight is lost. */
  interrupt(): void {
    for (const { instance } of this.#flights)
      this.#fail(instance, { reason: "interrupted", error: "its engine died" });
    this.#flights = [];
  }

  #endOne(): void {
    const ending = this.#flights.filter(({ endsAt }) => endsAt <= this.now);
    const flight = ending[Math.floor((this.#options.chance?.() ?? 0) * ending.length)];
    if (flight === undefined) return;
    this.#flights = this.#flights.filter((other) => other !== flight);
    this.#answer(flight);
  }

  #hasSlotFor({ agentId, def }: Instance): boolean {
    const { concurrency = Number.POSITIVE_INFINITY, agentConcurrency = {} } = this.#workflow;
    const most = Object.hasOwn(agentConcurrency, agentId) ? agentConcurrency[agentId] : undefined;
    const others = this.#flights.filter(({ instance }) => instance.agentId === agentId);
    return (
      this.#flights.length < concurrency &&
      others.length < (most ?? Number.POSITIVE_INFINITY) &&
      (def.parallel || this.#flights.every(({ instance }) => instance.def.parallel))
    );
  }

  #launch(instance: Instance): void {
    const { path, agentId } = instance;
    this.#run.start(instance);
    this.log.push(`${path} started`);
    let request: LaunchRequest;
    try {
      request = this.#requestOf(instance);
    } catch (error) {
      if (!(error instanceof ExpressionFailure)) throw error;
      instance.failureKind = error.kind;
      this.#fail(instance, { reason: "expression", error: error.message });
      return;
    }
    this.tasks.set(path, request.task);
    if (request.session === "lost") {
      this.#fail(instance, { reason: "invalid", error: "its source left no conversation" });
      return;
    }
    if (!agentId.startsWith("@")) this.countOf.set(agentId, (this.countOf.get(agentId) ?? 0) + 1);
    const reply = this.#options.launch(request);
    const endsAt = this.now + (reply.afterMs ?? 0);
    this.#flights.push({ instance, attemptNumber: instance.attemptNumber, reply, endsAt });
    const count = this.#flights.filter((flight) => flight.instance.agentId === agentId).length;
    this.mostAtOnce.set(agentId, Math.max(count, this.mostAtOnce.get(agentId) ?? 0));
  }

  #requestOf(instance: Instance): LaunchRequest {
    const { def, path, agentId, attemptNumber, feedback } = instance;
    const scope = scopeOf(instance, this.#run.tree.names);
    const session = sessionOf(instance, this.#run.tree);
    const given = def.with ?? def.workflow?.with;
    return {
      path,
      agentId,
      attemptNumber,
      task: renderText(def.task, scope),
      ...(given !== undefined && { with: fillValue(given, scope) }),
      ...(def.run !== undefined && { run: renderedRun(def.run, scope) }),
      ...(def.files !== undefined && {
        files: def.files.map((file) => renderText(file, scope)),
      }),
      ...(def.output !== undefined && { output: def.output }),
      previousResults: previousResultsOf(instance, this.#run.tree.names),
      ...(feedback !== undefined && { feedback }),
      ...(session !== undefined && { session }),
    };
  }

  #answer({ instance, reply }: Flight): void {
    const { def } = instance;
    const { usage, session, files } = reply;
    if ("failed" in reply) {
      const { failed: reason, message: error = reason, retryAfterMs, scope } = reply;
      const retryAt = retryAfterMs === undefined ? undefined : this.now + retryAfterMs;
      this.#fail(instance, { reason, error, usage, retryAt, scope });
      return;
    }
    if ("misfit" in reply) {
      this.#fail(instance, { reason: "invalid_output", error: reply.misfit, usage });
      return;
    }
    const { result } = reply;
    const read =
      def.output === undefined
        ? ({ ok: true, value: result } as const)
        : readAnswer(def.output, result);
    if (read.ok) this.#run.complete(instance, read.value, { usage, session, files });
    else
      this.#fail(instance, { reason: "invalid_output", error: read.error, answer: result, usage });
  }

  #fail(instance: Instance, failure: Parameters<Run["fail"]>[1]): void {
    this.#run.fail(instance, { ...failure, chance: this.#options.chance?.() ?? 0 });
    if (instance.status === "failed") this.log.push(`${instance.path} failed`);
  }
}
