import type { Agent } from "../agents/AgentPort.js";
import type { Effect } from "../core/workflow-state-machine.js";
import type { AttemptRequest } from "../drive/attempt-request.js";
import { eventOfOutcome, type Outcome } from "../drive/outcome.js";
import { performAttempt, stopped as stoppedOutcome } from "../drive/perform-attempt.js";
import type { StoppedTime } from "../drive/StoppedTime.js";
import type { Chance, EnginePorts } from "../ports.js";
import type { ActiveRun } from "./ActiveRun.js";
import type { GroupCommit } from "./GroupCommit.js";
import { type AttemptHost, RunningAttempt } from "./RunningAttempt.js";

export interface EffectRunnerOptions {
  readonly ports: EnginePorts;
  readonly commits: GroupCommit;
  readonly agentFor: (run: ActiveRun, agentId: string) => Agent | undefined;
  /** How long a stopped agent may take to settle before it is abandoned, in ms. */
  readonly abandonAfterMs: number;
  /** How long this process could not act. */
  readonly stopped: StoppedTime;
}

/**
 * Performs effects: dispatches attempts, sets timers, stops attempts. All of the engine's
 * concurrency is here.
 */
export class EffectRunner {
  readonly #host: AttemptHost;
  readonly #chance: Chance;
  readonly #agentFor: EffectRunnerOptions["agentFor"];
  readonly #timers = new Map<ActiveRun, Set<() => void>>();

  constructor({ ports, commits, agentFor, abandonAfterMs, stopped }: EffectRunnerOptions) {
    this.#host = { clock: ports.clock, commits, abandonAfterMs, stopped };
    this.#chance = ports.chance;
    this.#agentFor = agentFor;
  }

  /** Performs an effect whose turn is durable. */
  perform(run: ActiveRun, effect: Effect): void {
    switch (effect.type) {
      case "run_step":
        void this.#dispatch(run, effect.stepId, effect.attemptNumber);
        break;
      case "start_later":
        this.wakeAt(run, effect.dueAt);
        break;
      case "abort_steps":
        for (const stepId of effect.stepIds) run.attempts.get(stepId)?.abort("cancelled");
        break;
      default:
        // The other effects are handled within the turn, or mark the end of the run.
        break;
    }
  }

  /** Wakes the run when its clock reaches `dueAt`. */
  wakeAt(run: ActiveRun, dueAt: number): void {
    const timers = this.#timers.get(run) ?? new Set();
    this.#timers.set(run, timers);
    const cancel = this.#host.clock.setTimer(Math.max(0, dueAt - run.now()), () => {
      timers.delete(cancel);
      run.wake();
    });
    timers.add(cancel);
  }

  /** Cancels the timers of a run that is no longer active. */
  forget(run: ActiveRun): void {
    for (const cancel of this.#timers.get(run) ?? []) cancel();
    this.#timers.delete(run);
  }

  async #dispatch(run: ActiveRun, stepId: string, attemptNumber: number): Promise<void> {
    const request = run.request(stepId, attemptNumber);
    if (request === undefined) return;
    const attempt = new RunningAttempt(run, request, this.#host);
    try {
      const outcome = run.suppressesNewAttempts
        ? stoppedOutcome("interrupted", request, this.#host.clock)
        : await this.#perform(run, request, attempt);
      run.attempts.delete(stepId);
      const event = eventOfOutcome(request, outcome, this.#chance);
      run.tell(event, outcome.ok ? outcome.text : undefined);
      run.detachIfAtRest();
    } finally {
      attempt.settle();
    }
  }

  #perform(run: ActiveRun, request: AttemptRequest, attempt: RunningAttempt): Promise<Outcome> {
    run.attempts.set(request.stepId, attempt);
    return performAttempt(this.#agentFor(run, request.agentId), request, attempt);
  }
}
