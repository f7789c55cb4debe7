import { AgentError, type AgentFunction } from "../agents/AgentPort.js";
import { type Clock, systemPorts } from "../ports.js";

/** Instructions for the suite's agent: a step's task, as JSON. */
export interface AgentScript {
  /** How long each attempt takes, in ms; 0 by default. */
  readonly afterMs?: number;
  /** Attempts up to this number fail; none by default. */
  readonly failUntil?: number;
  /** If true, the failures are final: another attempt cannot help. */
  readonly isFinal?: boolean;
  /** Attempts up to this number do not answer until they are stopped; later attempts answer. */
  readonly hangUntil?: number;
  /** The result; by default the step and the attempt. */
  readonly result?: unknown;
  /** If true, the result is the agent's input: the results of the dependencies, by step id. */
  readonly echo?: boolean;
}

/** An agent's note about an attempt. */
export interface AgentNote {
  /** What the agent did. */
  readonly what: "started" | "answered" | "failed" | "stopped";
  /** The id of the run. */
  readonly runId: string;
  /** The id of the step. */
  readonly stepId: string;
  /** The number of the attempt, from 1. */
  readonly attemptNumber: number;
  /** In ms since the epoch, by the clock of the agent's process. */
  readonly at: number;
  /** The result as JSON text, of an attempt that answered. */
  readonly result?: string;
}

/** The part of an attempt that a script's answer depends on. */
interface ScriptedAttempt {
  readonly stepId: string;
  readonly attemptNumber: number;
  readonly previousResults: Readonly<Record<string, unknown>>;
}

/**
 * The agent that a harness registers for every id, in each process that performs attempts. It
 * follows the instructions in the step's task, and records each attempt so that `AgentLog` can read
 * it.
 */
export function conformanceAgent(
  note: (note: AgentNote) => void,
  clock: Clock = systemPorts.clock,
): AgentFunction {
  return async (request) => {
    const { runId, stepId, attemptNumber, signal } = request;
    const write = (what: AgentNote["what"], result?: string): void =>
      note({
        what,
        runId,
        stepId,
        attemptNumber,
        at: clock.now(),
        ...(result !== undefined && { result }),
      });
    const script = readScript(request.task);
    write("started");
    const isStopped = await waitFor(script, attemptNumber, signal, clock);
    if (isStopped) {
      write("stopped");
      throw signal.reason as Error;
    }
    const failure = failureOf(script, attemptNumber);
    if (failure !== undefined) {
      write("failed");
      throw failure;
    }
    const result = answerOf(script, request);
    write("answered", JSON.stringify(result));
    return result;
  };
}

export function readScript(task: string): AgentScript {
  return JSON.parse(task) as AgentScript;
}

/** Returns the script's answer to an attempt that does not fail. */
export function answerOf(script: AgentScript, attempt: ScriptedAttempt): unknown {
  if (script.echo === true) return attempt.previousResults;
  if (Object.hasOwn(script, "result")) return script.result;
  return { step: attempt.stepId, attempt: attempt.attemptNumber };
}

/** Returns the error of an attempt that the script makes fail. */
export function failureOf(script: AgentScript, attemptNumber: number): AgentError | undefined {
  if (attemptNumber > (script.failUntil ?? 0)) return undefined;
  return new AgentError(`planned failure of attempt ${attemptNumber}`, {
    retryable: script.isFinal !== true,
  });
}

// True if the attempt was stopped.
function waitFor(
  { afterMs = 0, hangUntil = 0 }: AgentScript,
  attemptNumber: number,
  signal: AbortSignal,
  clock: Clock,
): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const hangs = attemptNumber <= hangUntil;
  const cancel = hangs ? undefined : clock.setTimer(afterMs, () => resolve(false));
  signal.addEventListener("abort", () => {
    cancel?.();
    resolve(true);
  });
  if (signal.aborted) resolve(true);
  return promise;
}
