import {
  AgentError,
  type AgentErrorClass,
  type AgentPort,
  type AgentRequest,
} from "../agents/AgentPort.js";
import { agentReply } from "../agents/agent-reply.js";
import type { AgentUsage } from "../agents/agent-usage.js";
import { type Clock, systemPorts } from "../ports.js";
import { ODDITIES, type Oddity, throwOddly } from "./backend-suite-oddities.js";

/**
 * Instructions for the suite's agent, as JSON: a step's task, or `script` in its `with` if the task
 * is a text to be checked.
 */
export interface AgentScript {
  /** How long each attempt takes, in ms; 0 by default. */
  readonly afterMs?: number;
  /** Attempts up to this number fail; none by default. */
  readonly failUntil?: number;
  /** If true, the failures are final: another attempt cannot help. */
  readonly isFinal?: boolean;
  /** The class of the failures; `error` by default. */
  readonly failAs?: AgentErrorClass;
  /** With `failAs: "rate_limit"`: the quota is available this long after the failure, in ms. */
  readonly retryAfterMs?: number;
  /** Attempts up to this number do not answer until they are stopped; later attempts answer. */
  readonly hangUntil?: number;
  /** If true, the agent ignores that it is stopped, and answers after `afterMs`. */
  readonly ignoresStop?: boolean;
  /** The result; by default the step and the attempt. */
  readonly result?: unknown;
  /** If true, the result is the agent's input: the results of the dependencies, by step id. */
  readonly echo?: boolean;
  /** If true, the result is the task, and what else the request contains. */
  readonly tells?: boolean;
  /** The result is a text of this many characters, which begins with the id of the step. */
  readonly size?: number;
  /** If true, the result is how many results the dependencies have, and of how many characters. */
  readonly measures?: boolean;
  /** The result is one that is not JSON, or the agent throws what is no error. */
  readonly odd?: Oddity;
  /** What each attempt costs. */
  readonly usage?: AgentUsage;
  /** If true, the agent keeps a conversation: its result lists the attempts in it. */
  readonly talks?: boolean;
  /** The result is the length of this variable in the environment of the agent's process. */
  readonly readsVariable?: string;
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
  /** The result as JSON text, of an attempt that answered. A long text is cut. */
  readonly result?: string;
  /** The process that performed the attempt, if the harness names it. */
  readonly worker?: string;
}

/** The agent ids that the workflows of the suite name; a harness may serve all ids instead. */
export const CONFORMANCE_AGENTS: readonly string[] = ["worker", "other", "rare", "second"];

/** The longest result in a note, in characters. */
const MAX_NOTED = 2_000_000;
/** The longest result in a note of a text that was made to be large: there may be a thousand. */
const MAX_NOTED_SIZED = 1000;

/** The part of an attempt that a script's answer depends on. */
type ScriptedAttempt = Pick<AgentRequest, "stepId" | "attemptNumber" | "previousResults" | "task"> &
  Partial<
    Pick<
      AgentRequest,
      "with" | "inputs" | "context" | "item" | "feedback" | "session" | "idempotencyKey"
    >
  >;

/**
 * The agent that a harness registers for every id, in each process that performs attempts. It
 * follows the instructions in the step's task, and records each attempt so that `AgentLog` can read
 * it.
 */
export function conformanceAgent(
  note: (note: AgentNote) => void,
  clock: Clock = systemPorts.clock,
): AgentPort & { execute(request: AgentRequest): Promise<unknown> } {
  return {
    description: "follows the script in its task, for tests",
    sessions: true,
    execute: (request) => perform(request, note, clock),
  };
}

async function perform(
  request: AgentRequest,
  note: (note: AgentNote) => void,
  clock: Clock,
): Promise<unknown> {
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
  const script = readScript(request);
  write("started");
  const isStopped = await waitFor(script, attemptNumber, signal, clock);
  if (isStopped) {
    write("stopped");
    if (script.ignoresStop !== true) throw signal.reason as Error;
  }
  const failure = failureOf(script, attemptNumber, clock.now());
  if (failure !== undefined) {
    write("failed");
    throw failure;
  }
  if (script.odd !== undefined) return actOddly(script.odd, write);
  const result = answerOf(script, request);
  const maxNoted = script.size === undefined ? MAX_NOTED : MAX_NOTED_SIZED;
  write("answered", JSON.stringify(result).slice(0, maxNoted));
  return replyWith(result, script, request);
}

/** Reads the instructions of an attempt. */
export function readScript({
  task,
  with: given,
}: {
  readonly task: string;
  readonly with?: Readonly<Record<string, unknown>>;
}): AgentScript {
  const script = given?.["script"];
  if (script !== undefined) return script as AgentScript;
  // A run of an older version has tasks in words.
  return task.startsWith("{") ? (JSON.parse(task) as AgentScript) : {};
}

/** Returns the script's answer to an attempt that does not fail. */
export function answerOf(script: AgentScript, attempt: ScriptedAttempt): unknown {
  const { stepId, attemptNumber, idempotencyKey = "", session } = attempt;
  if (script.echo === true) return attempt.previousResults;
  if (script.tells === true) return toldBy(attempt);
  if (script.measures === true) return measured(attempt.previousResults);
  // Texts that differ: equal ones would be stored once.
  if (script.size !== undefined) return stepId.padEnd(script.size, ".").slice(0, script.size);
  if (script.talks === true) return [...conversation(session), idempotencyKey];
  if (script.readsVariable !== undefined)
    return { length: (process.env[script.readsVariable] ?? "").length };
  if (Object.hasOwn(script, "result")) return script.result;
  return { step: stepId, attempt: attemptNumber };
}

/** Returns the error of an attempt that the script makes fail. */
export function failureOf(
  script: AgentScript,
  attemptNumber: number,
  now = 0,
): AgentError | undefined {
  if (attemptNumber > (script.failUntil ?? 0)) return undefined;
  return new AgentError(`planned failure of attempt ${attemptNumber}`, {
    class: script.failAs,
    usage: script.usage,
    ...(script.failAs === undefined && { retryable: script.isFinal !== true }),
    ...(script.retryAfterMs !== undefined && { retryAt: now + script.retryAfterMs }),
  });
}

function measured(results: Readonly<Record<string, unknown>>): object {
  const texts = Object.values(results).map(String);
  const characters = texts.reduce((sum, { length }) => sum + length, 0);
  return { results: texts.length, characters };
}

function toldBy({ task, with: given, inputs, context, item, feedback }: ScriptedAttempt): object {
  const { script: _, ...rest } = given ?? {};
  return {
    task,
    ...{ with: rest, inputs: { ...inputs }, context: { ...context } },
    ...(item !== undefined && { item }),
    ...(feedback !== undefined && { feedback }),
  };
}

// The reference of a conversation lists its attempts.
function conversation(session: string | undefined): readonly string[] {
  return session === undefined ? [] : (JSON.parse(session) as string[]);
}

function replyWith(result: unknown, { usage, talks }: AgentScript, request: AgentRequest): unknown {
  if (usage === undefined && talks !== true) return result;
  const said = [...conversation(request.session), request.idempotencyKey];
  return agentReply({
    result,
    ...(usage !== undefined && { usage }),
    ...(talks === true && { session: JSON.stringify(said) }),
  });
}

function actOddly(odd: Oddity, write: (what: AgentNote["what"]) => void): unknown {
  write("failed");
  throwOddly(odd);
  return ODDITIES[odd as keyof typeof ODDITIES]();
}

// True if the attempt was stopped.
async function waitFor(
  { afterMs = 0, hangUntil = 0, ignoresStop = false }: AgentScript,
  attemptNumber: number,
  signal: AbortSignal,
  clock: Clock,
): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const hangs = attemptNumber <= hangUntil;
  const cancel = hangs ? undefined : clock.setTimer(afterMs, resolve);
  signal.addEventListener("abort", () => {
    if (ignoresStop && !hangs) return;
    cancel?.();
    resolve();
  });
  if (signal.aborted) resolve();
  await promise;
  return signal.aborted;
}
