import type { Agent } from "../agents/AgentPort.js";
import type { Effect } from "../core/workflow-state-machine.js";
import type { AttemptRequest } from "../drive/attempt-request.js";
import { eventOfOutcome, type Outcome } from "../drive/outcome.js";
import { performAttempt, stopped } from "../drive/perform-attempt.js";
import type { EnginePorts } from "../ports.js";
import type { AbortReason, ActiveRun } from "./ActiveRun.js";
import type { GroupCommit } from "./GroupCommit.js";

export interface EffectRunnerOptions {
  readonly ports: EnginePorts;
  readonly commits: GroupCommit;
  readonly agentFor: (run: ActiveRun, agentId: string) => Agent | undefined;
  /** How long a stopped agent may take to settle before it is abandoned, in ms. */
  readonly abandonAfterMs: number;
}

/**
 * Performs effects: dispatches attempts, sets timers, stops attempts. The engine's only
 * concurrency.
 */
export class EffectRunner {
  readonly #options: EffectRunnerOptions;
  readonly #timers = new Map<ActiveRun, Set<() => void>>();

  constructor(options: EffectRunnerOptions) {
    this.#options = options;
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
        // The other effects are answered inside the turn, or mark the end of the run.
        break;
    }
  }

  /** Wakes the run when its clock says `dueAt`. */
  wakeAt(run: ActiveRun, dueAt: number): void {
    const timers = this.#timers.get(run) ?? new Set();
    this.#timers.set(run, timers);
    const cancel = this.#options.ports.clock.setTimer(Math.max(0, dueAt - run.now()), () => {
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
    const settled = Promise.withResolvers<void>();
    try {
      const outcome = run.suppressesNewAttempts
        ? stopped("interrupted", request, this.#options.ports.clock)
        : await this.#perform(run, request, settled.promise);
      run.attempts.delete(stepId);
      const event = eventOfOutcome(request, outcome, this.#options.ports.chance);
      run.tell(event, outcome.ok ? outcome.text : undefined);
      run.detachIfAtRest();
    } finally {
      settled.resolve();
    }
  }

  #perform(run: ActiveRun, request: AttemptRequest, settled: Promise<void>): Promise<Outcome> {
    const { ports, commits, agentFor, abandonAfterMs } = this.#options;
    const { runId, stepId, attemptNumber } = request;
    const controller = new AbortController();
    const abort = (reason: AbortReason): void => controller.abort(reason);
    run.attempts.set(stepId, { abort, settled });
    return performAttempt(agentFor(run, request.agentId), request, {
      clock: ports.clock,
      signal: controller.signal,
      abandonAfterMs,
      log: (text, stream) =>
        commits.log({ runId, stepId, attemptNumber, stream, at: run.now(), text }),
      recordProcess: (process) => run.recordProcess({ stepId, attemptNumber, ...process }),
    });
  }
}
