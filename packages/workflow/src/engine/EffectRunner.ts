import type { Agent, AgentRequest, LogStream } from "../agents/AgentPort.js";
import { AgentError } from "../agents/AgentPort.js";
import {
  Context,
  type Effect,
  type FailureReason,
  Machine,
  type StepInfo,
} from "../core/workflow-state-machine.js";
import { renderTask } from "../definition/task-template.js";
import { attemptKey } from "../journal/attempt-key.js";
import type { EnginePorts } from "../ports.js";
import { identify } from "../storage/process-identity.js";
import type { AbortReason, ActiveRun } from "./ActiveRun.js";
import type { GroupCommit } from "./GroupCommit.js";

/** The largest result that is kept, in bytes of JSON. */
const RESULT_LIMIT_BYTES = 100_000_000;

/** How much output of one attempt is kept, in characters. */
const LOG_LIMIT = 10_000_000;

export interface EffectRunnerOptions {
  readonly ports: EnginePorts;
  readonly commits: GroupCommit;
  readonly agentFor: (run: ActiveRun, agentId: string) => Agent | undefined;
  /** How long an aborted agent that is a function may take before it is given up, in ms. */
  readonly abandonAfterMs: number;
}

type Outcome =
  | { readonly ok: true; readonly value: unknown; readonly text: string }
  | { readonly ok: false; readonly error: string; readonly reason: FailureReason };

/** Performs what the machine asked for: the only place with attempts in flight, timeouts and aborts. */
export class EffectRunner {
  readonly #options: EffectRunnerOptions;
  readonly #timers = new Map<ActiveRun, Set<() => void>>();

  constructor(options: EffectRunnerOptions) {
    this.#options = options;
  }

  perform(run: ActiveRun, effect: Effect): void {
    switch (effect.type) {
      case "run_step":
        void this.#runStep(run, effect.stepId, effect.attemptNumber);
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

  /** Takes back the timers of a run that is over here. */
  forget(run: ActiveRun): void {
    for (const cancel of this.#timers.get(run) ?? []) cancel();
    this.#timers.delete(run);
  }

  async #runStep(run: ActiveRun, stepId: string, attemptNumber: number): Promise<void> {
    const step = Context.step(Machine.context(run.machine), stepId);
    // An event of the same turn may have ended the run, or taken the attempt back.
    if (run.isDetached || step?.status !== "running" || step.attemptNumber !== attemptNumber)
      return;
    const outcome = run.suppressesNewAttempts
      ? failure(abortMessage("interrupted", undefined), "interrupted")
      : await this.#attempt(run, step);
    run.attempts.delete(stepId);
    if (outcome.ok) {
      run.tell(
        { type: "step_completed", stepId, attemptNumber, result: outcome.value },
        outcome.text,
      );
    } else {
      const { error, reason } = outcome;
      run.tell({
        type: "step_failed",
        stepId,
        attemptNumber,
        error,
        reason,
        chance: this.#options.ports.chance.next(),
      });
    }
    run.closeIfOver();
  }

  #attempt(run: ActiveRun, step: StepInfo): Promise<Outcome> {
    const context = Machine.context(run.machine);
    const inputs = { inputs: run.inputs, context: Context.workflow(context)?.context ?? {} };
    const results = (id: string): unknown => Context.step(context, id)?.result ?? null;
    const task = renderTask(step.task, { ...inputs, results });
    if (!task.ok) return Promise.resolve(failure(task.error, "invalid"));
    const agent = this.#options.agentFor(run, step.agentId);
    if (agent === undefined)
      return Promise.resolve(failure(`no agent \`${step.agentId}\` is registered`, "invalid"));

    const { promise, resolve } = Promise.withResolvers<Outcome>();
    const controller = new AbortController();
    const { clock } = this.#options.ports;
    let stopped: AbortReason | undefined;
    const timers: (() => void)[] = [];
    const settle = (outcome: Outcome): void => {
      for (const cancel of timers) cancel();
      resolve(outcome);
    };
    const abort = (reason: AbortReason): void => {
      if (stopped !== undefined) return;
      stopped = reason;
      controller.abort(
        new DOMException(
          abortMessage(reason, step.timeout),
          reason === "timeout" ? "TimeoutError" : "AbortError",
        ),
      );
      // An agent that does not heed the signal must not hold the run for ever; its late answer is declined.
      const abandonAfterMs = Math.max(
        this.#options.abandonAfterMs,
        typeof agent === "object" ? (agent.stopMs ?? 0) : 0,
      );
      const text = `${abortMessage(reason, step.timeout)}; the agent did not stop within ${abandonAfterMs} ms and was left behind`;
      timers.push(clock.setTimer(abandonAfterMs, () => settle(failure(text, reasonOf(reason)))));
    };
    run.attempts.set(step.id, { abort, settled: promise });
    if (step.timeout !== undefined)
      timers.push(clock.setTimer(step.timeout, () => abort("timeout")));
    const request = this.#request(run, step, task.text, inputs, results, controller.signal);
    invoke(agent, request).then(
      // A result that still arrives while the engine is stopping is paid for, and kept; after a timeout it is too late.
      (value) =>
        settle(
          stopped === "timeout"
            ? failure(abortMessage(stopped, step.timeout), "timeout")
            : toOutcome(value),
        ),
      (error: unknown) =>
        settle(
          stopped === undefined
            ? toFailure(error)
            : failure(abortMessage(stopped, step.timeout), reasonOf(stopped)),
        ),
    );
    return promise;
  }

  #request(
    run: ActiveRun,
    step: StepInfo,
    task: string,
    {
      inputs,
      context,
    }: {
      readonly inputs: Readonly<Record<string, unknown>>;
      readonly context: Readonly<Record<string, unknown>>;
    },
    results: (stepId: string) => unknown,
    signal: AbortSignal,
  ): AgentRequest {
    const { attemptNumber } = step;
    let kept = 0;
    return {
      runId: run.runId,
      workflowId: run.definition.id,
      stepId: step.id,
      stepName: step.name,
      agentId: step.agentId,
      attemptNumber,
      idempotencyKey: attemptKey(run, step.id, attemptNumber),
      task,
      context: frozen(context),
      inputs: frozen(inputs),
      // Its own: what an agent does to a value must not change what is recorded, or what others are given.
      previousResults: Object.fromEntries(step.dependencies.map((id) => [id, copyOf(results(id))])),
      signal,
      log: (text: unknown, stream: LogStream = "stdout") => {
        const piece = String(text).slice(0, LOG_LIMIT);
        if (kept >= LOG_LIMIT || piece === "") return;
        kept += piece.length;
        const of = { runId: run.runId, stepId: step.id, attemptNumber };
        this.#options.commits.log({
          ...of,
          stream: stream === "stderr" ? "stderr" : "stdout",
          at: run.now(),
          text: piece,
        });
      },
      recordProcess: async (pid) => {
        if (!Number.isSafeInteger(pid) || pid < 1)
          throw new AgentError(`${String(pid)} is no process id`, { retryable: false });
        await run.recordProcess({
          runId: run.runId,
          stepId: step.id,
          attemptNumber,
          ...identify(pid),
        });
      },
    };
  }
}

function copyOf(result: unknown): unknown {
  return typeof result === "object" && result !== null
    ? JSON.parse(JSON.stringify(result))
    : result;
}

// Given to every step of the run: to copy them each time would cost more than anyone changes them.
function frozen<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const member of Object.values(value)) frozen(member);
  return Object.freeze(value);
}

async function invoke(agent: Agent, request: AgentRequest): Promise<unknown> {
  return typeof agent === "function" ? agent(request) : agent.execute(request);
}

/** A result is JSON: what replay reads back is what the next step was given. */
function toOutcome(value: unknown): Outcome {
  let text: string | undefined;
  try {
    text = value === undefined ? "null" : JSON.stringify(value);
  } catch (error) {
    return failure(
      `its result is not JSON: ${error instanceof Error ? error.message : String(error)}`,
      "invalid",
    );
  }
  if (text === undefined) return failure(`its result is not JSON: a ${typeof value}`, "invalid");
  if (text.length > RESULT_LIMIT_BYTES) {
    return failure(
      `its result has ${text.length} characters of JSON; the limit is ${RESULT_LIMIT_BYTES}. Write it to a file and return the path`,
      "invalid",
    );
  }
  return { ok: true, value: JSON.parse(text), text };
}

function toFailure(error: unknown): Outcome {
  return failure(
    messageOf(error),
    error instanceof AgentError && !error.retryable ? "invalid" : "error",
  );
}

function messageOf(error: unknown): string {
  try {
    return String(error instanceof Error ? error.message || error.name : error);
  } catch {
    return "it threw something that has no text";
  }
}

// SQLite has another character for half of a pair: the row would not say what the journal says.
function failure(error: string, reason: FailureReason): Outcome {
  return { ok: false, error: error.toWellFormed(), reason };
}

function reasonOf(reason: AbortReason): FailureReason {
  return reason === "timeout" ? "timeout" : "interrupted";
}

function abortMessage(reason: AbortReason, timeoutMs: number | undefined): string {
  switch (reason) {
    case "timeout":
      return `timed out after ${timeoutMs} ms`;
    case "interrupted":
      return "the engine was stopped";
    case "cancelled":
      return "cancelled";
  }
}
