import type { StepDef } from "@automatosx/rescript-core";
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
import { readAnswer } from "./read-answer.js";
import type { StepTree } from "./StepTree.js";
import { fillValue, renderText } from "./template.js";

interface Flight {
  readonly instance: Instance;
  readonly reply: LaunchReply;
  readonly endsAt: number;
}

/** How often an agent is asked again unless its step says otherwise. */
const DEFAULT_REASKS = 3;

/** The attempts of a run: what starts, how long it takes, and what comes of it. */
export class Launches {
  /** Time since the run began, in ms. */
  now = 0;
  /** What has happened, in order: `PATH started`, for a leaf, and `PATH STATUS`, once settled. */
  readonly log: string[] = [];
  /** Number of launches by agent; programs are not counted. */
  readonly countOf = new Map<string, number>();
  /** The most attempts in flight at once, by agent. */
  readonly mostAtOnce = new Map<string, number>();
  /** The task that each leaf was last given. */
  readonly tasks = new Map<string, string>();
  #flights: Flight[] = [];
  readonly #workflow: InterpretedWorkflow;
  readonly #options: InterpreterOptions;
  readonly #tree: StepTree;

  constructor(workflow: InterpretedWorkflow, options: InterpreterOptions, tree: StepTree) {
    this.#workflow = workflow;
    this.#options = options;
    this.#tree = tree;
  }

  /** The attempts in flight. */
  get inFlight(): readonly Instance[] {
    return this.#flights.map(({ instance }) => instance);
  }

  /** Starts whichever of these leaves may start; returns false if none may. */
  start(leaves: readonly Instance[]): boolean {
    let hasStarted = false;
    for (const instance of leaves) {
      const isDue =
        instance.status === "ready" ||
        (instance.status === "waiting" && instance.dueAt <= this.now);
      if (!isDue || !this.#hasSlotFor(instance)) continue;
      hasStarted = true;
      this.#launch(instance);
    }
    return hasStarted;
  }

  /** Lets time pass until something happens: an attempt ends, a retry or one of `alarms` is due. */
  advance(alarms: readonly number[]): void {
    const retries = this.#tree.open.flatMap(({ status, dueAt }) =>
      status === "waiting" ? [dueAt] : [],
    );
    const ends = this.#flights.map(({ endsAt }) => endsAt);
    const next = Math.min(
      ...ends,
      ...[...retries, ...alarms].filter((instant) => instant > this.now),
    );
    if (!Number.isFinite(next)) throw new Error("Nothing can happen any more.");
    this.now = Math.max(this.now, next);
    const ending = this.#flights.filter(({ endsAt }) => endsAt <= this.now);
    const flight = ending[Math.floor((this.#options.chance?.() ?? 0) * ending.length)];
    if (flight === undefined) return;
    this.#flights = this.#flights.filter((other) => other !== flight);
    this.#answer(flight);
  }

  /** A crash: what is in flight is lost and starts again, at no cost. */
  interrupt(): void {
    for (const { instance } of this.#flights) instance.status = "ready";
    this.#flights = [];
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
    instance.attemptNumber += 1;
    instance.status = "running";
    this.log.push(`${path} started`);
    let request: LaunchRequest;
    try {
      request = this.#requestOf(instance);
    } catch (error) {
      if (!(error instanceof ExpressionFailure)) throw error;
      instance.failureKind = error.kind;
      this.#fail(instance, "expression", error.message);
      return;
    }
    this.tasks.set(path, request.task);
    if (!agentId.startsWith("@")) this.countOf.set(agentId, (this.countOf.get(agentId) ?? 0) + 1);
    const reply = this.#options.launch(request);
    this.#flights.push({ instance, reply, endsAt: this.now + (reply.afterMs ?? 0) });
    const count = this.#flights.filter((flight) => flight.instance.agentId === agentId).length;
    this.mostAtOnce.set(agentId, Math.max(count, this.mostAtOnce.get(agentId) ?? 0));
  }

  #requestOf(instance: Instance): LaunchRequest {
    const { def, path, agentId, attemptNumber, feedback } = instance;
    const scope = scopeOf(instance, this.#tree.names);
    return {
      path,
      agentId,
      attemptNumber,
      task: renderText(def.task, scope),
      ...(def.with !== undefined && { with: fillValue(def.with, scope) }),
      ...(def.run !== undefined && { run: renderedRun(def.run, scope) }),
      ...(def.files !== undefined && {
        files: def.files.map((file) => renderText(file, scope)),
      }),
      ...(def.output !== undefined && { output: def.output }),
      previousResults: previousResultsOf(instance, this.#tree.names),
      ...(feedback !== undefined && { feedback }),
    };
  }

  #answer({ instance, reply }: Flight): void {
    const { def } = instance;
    if ("failed" in reply) {
      this.#afterFailure(instance, reply.failed, reply.message ?? reply.failed);
      return;
    }
    if ("misfit" in reply) {
      this.#askAgain(instance, reply.misfit, undefined);
      return;
    }
    const { result } = reply;
    const read =
      def.output === undefined
        ? ({ ok: true, value: result } as const)
        : readAnswer(def.output, result);
    if (!read.ok) {
      this.#askAgain(instance, read.error, result);
      return;
    }
    instance.complete(read.value);
    this.log.push(`${instance.path} completed`);
  }

  #askAgain(instance: Instance, error: string, answer: unknown): void {
    const { def } = instance;
    const most = def.run === undefined ? (def.reasks ?? DEFAULT_REASKS) : 0;
    if (instance.reaskCount >= most) {
      this.#fail(instance, "invalid_output", error);
      return;
    }
    instance.reaskCount += 1;
    instance.feedback = { error, answer };
    instance.status = "ready";
  }

  #afterFailure(instance: Instance, reason: string, message: string): void {
    const { def } = instance;
    instance.error = message;
    instance.failureCount += 1;
    if (reason === "invalid" || instance.failureCount > def.retries) {
      this.#fail(instance, reason, message);
      return;
    }
    instance.feedback = undefined;
    instance.status = "waiting";
    instance.dueAt = this.now + this.#delayOf(def, instance.failureCount);
  }

  #delayOf({ retry }: StepDef, failureCount: number): number {
    const { initialDelayMs = 1000, factor = 2, maxDelayMs = 60_000, jitter = "full" } = retry ?? {};
    const delayMs = Math.min(maxDelayMs, initialDelayMs * factor ** (failureCount - 1));
    return jitter === "full" ? delayMs * (this.#options.chance?.() ?? 0) : delayMs;
  }

  #fail(instance: Instance, reason: string, message: string): void {
    instance.fail(reason, message);
    this.log.push(`${instance.path} failed`);
  }
}

/** A program: values stand in its arguments and its environment, never in a script. */
function renderedRun(run: NonNullable<StepDef["run"]>, scope: Parameters<typeof renderText>[1]) {
  const text = (value: string): string => renderText(value, scope);
  const { command, script, shell, env, dir, input, okExitCodes } = run;
  return {
    ...(command !== undefined && {
      command: command.map((word, index) => (index === 0 ? word : text(word))),
    }),
    ...(script !== undefined && { script: script.replaceAll("$${{", "${{") }),
    ...(shell !== undefined && { shell }),
    ...(env !== undefined && {
      env: Object.fromEntries(Object.entries(env).map(([name, value]) => [name, text(value)])),
    }),
    ...(dir !== undefined && { dir: text(dir) }),
    ...(input !== undefined && { input: text(input) }),
    ...(okExitCodes !== undefined && { okExitCodes }),
  };
}
