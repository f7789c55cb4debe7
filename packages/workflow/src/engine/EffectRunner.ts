import type { Agent } from "../agents/AgentPort.js";
import { type Effect, RunQueries, type StepInfo } from "../core/workflow-state-machine.js";
import type { AttemptRequest } from "../drive/attempt-request.js";
import {
  eventOfOutcome,
  failure,
  type Outcome,
  outcomeOfError,
  stopped,
} from "../drive/outcome.js";
import { performAttempt } from "../drive/perform-attempt.js";
import { isRemoteAgent } from "../drive/RemoteAgent.js";
import { reconciledStep } from "../drive/reconciled-step.js";
import { requestElsewhere } from "../drive/request-elsewhere.js";
import type { StoppedTime } from "../drive/StoppedTime.js";
import { asWorkflowError } from "../errors.js";
import type { OpenQuestion } from "../journal/open-questions.js";
import { ignoreRejection, messageOf } from "../message-of.js";
import type { Chance, EnginePorts } from "../ports.js";
import type { ActiveRun } from "./ActiveRun.js";
import type { Attempt } from "./Attempt.js";
import type { ChildRunPort } from "./child-runs/ChildRunPort.js";
import type { GroupCommit } from "./GroupCommit.js";
import { joiningRequest } from "./joined-attempts.js";
import type { LeaseGuard } from "./LeaseGuard.js";
import { leaseLost } from "./lease-lost.js";
import type { ResultCache, ReusedResult } from "./ResultCache.js";
import type { RunFiles } from "./RunFiles.js";
import { type AttemptHost, RunningAttempt } from "./RunningAttempt.js";
import { whenAnswered } from "./when-answered.js";

export interface EffectRunnerOptions {
  readonly ports: EnginePorts;
  readonly commits: GroupCommit;
  readonly agentFor: (run: ActiveRun, agentId: string) => Agent | undefined;
  /** Returns whether this engine is still the owner in the run's row. */
  readonly isHeld: (run: ActiveRun) => boolean;
  readonly files: RunFiles;
  readonly cache: ResultCache;
  /** Performs the steps that run a workflow as a run of its own. */
  readonly childRuns: Pick<ChildRunPort, "perform" | "ended">;
  /** Supplies the secrets of this host. */
  readonly secrets: ((name: string) => string | undefined) | undefined;
  /** Receives each question that opens. */
  readonly onAsk: ((question: OpenQuestion) => unknown) | undefined;
  /** How long a stopped agent may take to settle before it is abandoned, in ms. */
  readonly abandonAfterMs: number;
  /** How long this process could not act. */
  readonly stopped: StoppedTime;
  /** Ends programs when this engine cannot. */
  readonly guard: LeaseGuard | undefined;
  /** The engine and its database, for the tokens of the attempts. */
  readonly ownerId: string;
  readonly databaseId: string;
}

/** Stands among the attempts of a run for its child runs that are being cancelled. */
const LEFT_OVER = ":child-runs";

/**
 * Performs effects: dispatches attempts, sets timers, stops attempts. All of the engine's
 * concurrency is here.
 */
export class EffectRunner {
  readonly #host: AttemptHost;
  readonly #chance: Chance;
  readonly #agentFor: EffectRunnerOptions["agentFor"];
  readonly #isHeld: EffectRunnerOptions["isHeld"];
  readonly #files: RunFiles;
  readonly #cache: ResultCache;
  readonly #childRuns: EffectRunnerOptions["childRuns"];
  readonly #onAsk: EffectRunnerOptions["onAsk"];
  readonly #timers = new Map<ActiveRun, Set<() => void>>();
  readonly #announced = new WeakMap<ActiveRun, Set<string>>();

  constructor({
    ports,
    agentFor,
    isHeld,
    files,
    cache,
    childRuns,
    onAsk,
    ...host
  }: EffectRunnerOptions) {
    this.#isHeld = isHeld;
    this.#files = files;
    this.#cache = cache;
    this.#childRuns = childRuns;
    this.#onAsk = onAsk;
    this.#host = { clock: ports.clock, ...host };
    this.#chance = ports.chance;
    this.#agentFor = agentFor;
  }

  /** Performs an effect whose turn is durable. */
  perform(run: ActiveRun, effect: Effect): void {
    switch (effect.type) {
      case "run_step":
        this.#dispatch(run, effect.stepId, effect.attemptNumber).catch((error: unknown) =>
          run.abandon(asWorkflowError(error, run.runId)),
        );
        break;
      case "start_later":
      case "wake_at":
        this.wakeAt(run, effect.dueAt);
        break;
      case "abort_steps":
        for (const stepId of effect.stepIds) run.attempts.get(stepId)?.abort("cancelled");
        break;
      case "ask":
        this.ask(run, effect.stepId);
        break;
      case "finish_run":
        if (effect.state !== "failed") this.#cancelLeftOver(run);
        break;
      default:
        // The other effects are handled within the turn.
        break;
    }
  }

  /**
   * Has the agent of an attempt in flight join its work, which another engine has started. The
   * agent must resume.
   */
  join(run: ActiveRun, { id, attemptNumber, startedAt }: StepInfo): void {
    this.#dispatch(run, id, attemptNumber, startedAt ?? run.now()).catch((error: unknown) =>
      run.abandon(asWorkflowError(error, run.runId)),
    );
  }

  /** Wakes the run when its clock reaches `dueAt`. */
  wakeAt(run: ActiveRun, dueAt: number): void {
    const timers = this.#timers.get(run) ?? new Set();
    this.#timers.set(run, timers);
    const cancel = this.#host.clock.setTimer(Math.max(0, dueAt - run.now()), () => {
      timers.delete(cancel);
      // Sums of instants are rounded, so the clock may read slightly less than `dueAt`.
      if (run.now() < dueAt) this.wakeAt(run, dueAt);
      else run.wake();
    });
    timers.add(cancel);
  }

  /**
   * Announces an open question, or every open question of a run. Each is announced once while the
   * run is active: one that a restored checkpoint opens has an effect of its own.
   */
  ask(run: ActiveRun, stepId?: string): void {
    if (this.#onAsk === undefined) return;
    const { runId, definition, machine } = run;
    const found =
      stepId === undefined
        ? RunQueries.questions(machine)
        : [RunQueries.question(machine, stepId) ?? []].flat();
    const announced = this.#announced.get(run) ?? new Set();
    this.#announced.set(run, announced);
    for (const question of found) {
      const { kind, attemptNumber, openedAt } = question;
      const key = JSON.stringify([question.stepId, kind, attemptNumber, openedAt]);
      if (announced.has(key)) continue;
      announced.add(key);
      void this.#announce({ runId, workflowId: definition.id, ...question });
    }
  }

  // The run is not at rest before its child runs have been cancelled. A failed run keeps them,
  // because it may be resumed.
  #cancelLeftOver(run: ActiveRun): void {
    const cancelled = this.#childRuns.ended(run);
    if (cancelled === undefined) return;
    const settled = this.#untilCancelled(run, cancelled);
    run.attempts.set(LEFT_OVER, { abort: () => undefined, settled });
  }

  async #untilCancelled(run: ActiveRun, cancelled: Promise<void>): Promise<void> {
    await cancelled.catch(ignoreRejection);
    run.attempts.delete(LEFT_OVER);
    run.detachIfAtRest();
  }

  // An observer must not affect the run.
  async #announce(question: OpenQuestion): Promise<void> {
    try {
      await this.#onAsk?.(question);
    } catch (error) {
      ignoreRejection(error);
    }
  }

  /** Cancels the timers of a run that is no longer active. */
  forget(run: ActiveRun): void {
    for (const cancel of this.#timers.get(run) ?? []) cancel();
    this.#timers.delete(run);
  }

  // A step that starts again because its request changed waits until the agent of the attempt that
  // was aborted has stopped: two agents must not work on one step. A `reconcile` step waits for
  // the agent of the step that it reconciles.
  async #dispatch(
    run: ActiveRun,
    stepId: string,
    attemptNumber: number,
    startedAt?: number,
  ): Promise<void> {
    for (;;) {
      const earlier = attemptBefore(run, stepId);
      if (earlier === undefined) break;
      await earlier.settled;
      // Meanwhile this process may have stood still, and another may have claimed the run.
      if (!run.isReleased && !this.#isHeld(run)) throw leaseLost(run.runId);
    }
    const asked = run.request(stepId, attemptNumber);
    if (asked === undefined) return;
    const request = startedAt === undefined ? asked : joiningRequest(asked, run.now() - startedAt);
    const attempt = new RunningAttempt(run, request, this.#host);
    try {
      // Awaited only if needed: an attempt begins in the turn in which it was decided.
      const reusing = startedAt === undefined && this.#hasReused(run, request, attempt);
      if (reusing !== false && (await reusing)) {
        forget(run, stepId, attempt);
        run.detachIfAtRest();
        return;
      }
      const outcome = run.suppressesNewAttempts
        ? stopped("interrupted", request, this.#host.clock)
        : await this.#perform(run, request, attempt);
      forget(run, stepId, attempt);
      this.#record(run, request, outcome);
      run.detachIfAtRest();
    } finally {
      forget(run, stepId, attempt);
      attempt.settle();
    }
  }

  /** Records the result of another run in place of the attempt, if the step may take one. */
  #hasReused(
    run: ActiveRun,
    request: AttemptRequest,
    attempt: RunningAttempt,
  ): false | Promise<boolean> {
    const found = this.#cache.find(run, request, this.#host.clock.now());
    if (found === undefined || run.suppressesNewAttempts) return false;
    run.attempts.set(request.stepId, attempt);
    return this.#reuse(run, request, found);
  }

  async #reuse(
    run: ActiveRun,
    { stepId, attemptNumber }: AttemptRequest,
    { event, files, artifacts }: ReusedResult,
  ): Promise<boolean> {
    try {
      if (files.length > 0) await this.#files.restore(run, files);
    } catch {
      // Its files cannot be written, so the step is performed.
      return false;
    }
    const refusal = run.tell(event, { artifacts });
    return refusal === undefined || run.request(stepId, attemptNumber) === undefined;
  }

  // If the outcome cannot be encoded, or the core refuses it although it waits for it, the attempt
  // has failed all the same.
  #record(run: ActiveRun, request: AttemptRequest, outcome: Outcome): void {
    const { stepId, attemptNumber } = request;
    let problem: string;
    try {
      const event = eventOfOutcome(request, outcome, this.#chance);
      const refusal = outcome.ok
        ? run.tell(event, { resultText: outcome.text, artifacts: outcome.artifacts })
        : run.tell(event);
      if (refusal === undefined || run.isReleased) return;
      if (run.request(stepId, attemptNumber) === undefined) return;
      problem = `the run refused it (${refusal})`;
    } catch (error) {
      problem = messageOf(error);
    }
    const message = `its outcome cannot be recorded: ${problem}`;
    run.tell(eventOfOutcome(request, failure(message, "invalid", outcome.at), this.#chance));
  }

  #perform(run: ActiveRun, request: AttemptRequest, attempt: RunningAttempt): Promise<Outcome> {
    run.attempts.set(request.stepId, attempt);
    let agent: Agent | undefined;
    try {
      agent = this.#agentFor(run, request.agentId);
    } catch (error) {
      // The caller's factory of agents threw.
      return Promise.resolve(outcomeOfError(error, this.#host.clock.now()));
    }
    if (request.workflow !== undefined && agent === undefined)
      return this.#childRuns.perform(run, request, attempt);
    if (!this.#files.isUsedBy(run)) return performAttempt(agent, request, attempt);
    return this.#performInDirectory(run, agent, request, attempt);
  }

  async #performInDirectory(
    run: ActiveRun,
    agent: Agent | undefined,
    request: AttemptRequest,
    attempt: RunningAttempt,
  ): Promise<Outcome> {
    try {
      attempt.runDirectory = await whenAnswered(
        this.#host.clock,
        () => this.#files.prepare(run),
        () => run.isDetached,
      );
    } catch (error) {
      const message = `the run's directory cannot be used: ${messageOf(error)}`;
      return failure(message, "error", this.#host.clock.now());
    }
    if (!isRemoteAgent(agent)) return performAttempt(agent, request, attempt);
    attempt.storedFile = (file) => this.#files.stored(file);
    const sent = requestElsewhere(request, run.definition, run.machine);
    return this.#withFiles(run, await performAttempt(agent, sent, attempt));
  }

  /** Writes the files that an attempt left on another host into the directory of the run here. */
  async #withFiles(run: ActiveRun, outcome: Outcome): Promise<Outcome> {
    if (!outcome.ok || outcome.files === undefined) return outcome;
    try {
      await this.#files.write(run, outcome.files, outcome.artifacts ?? []);
      return outcome;
    } catch (error) {
      const message = `the files of the attempt cannot be written: ${messageOf(error)}`;
      return failure(message, "error", outcome.at);
    }
  }
}

/** The attempt that must have settled before one of this step begins. */
function attemptBefore({ attempts }: ActiveRun, stepId: string): Attempt | undefined {
  const reconciled = reconciledStep(stepId);
  return attempts.get(stepId) ?? (reconciled === undefined ? undefined : attempts.get(reconciled));
}

function forget(run: ActiveRun, stepId: string, attempt: RunningAttempt): void {
  if (run.attempts.get(stepId) === attempt) run.attempts.delete(stepId);
}
