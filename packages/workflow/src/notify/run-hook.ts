import { AgentError } from "../agents/AgentPort.js";
import { messageOf } from "../message-of.js";
import { type ProgramRequest, runProgram, textOfProgram } from "../programs/run-program.js";
import type { AttemptLimits, Delivery } from "./Delivery.js";
import type { Notice } from "./Notice.js";
import type { Hook } from "./Receiver.js";

/** How many bytes a hook may print. It is not stored. */
const MAX_OUTPUT_BYTES = 1_000_000;

/** How long a hook has between TERM and KILL, in ms. */
const GRACE_MS = 1_000;

/**
 * Runs the program of a hook with the notice as JSON on its stdin, and `AX_NOTICE_ID`,
 * `AX_NOTICE_TYPE`, `AX_RUN_ID` and `AX_STEP_ID` in its environment. The notice is delivered if it
 * exits with code 0. Never rejects.
 */
export async function runHook(
  { command, cwd = ".", env = {} }: Hook,
  notice: Notice,
  { timeoutMs, signal }: AttemptLimits,
): Promise<Delivery> {
  const program = {
    ...{ command, cwd, graceMs: GRACE_MS, timeoutMs, maxOutputBytes: MAX_OUTPUT_BYTES },
    keys: { command: "command", cwd: "cwd" },
    env: { ...env, AX_NOTICE_ID: notice.id, AX_NOTICE_TYPE: notice.type },
    input: `${JSON.stringify(notice)}\n`,
  };
  try {
    const end = await runProgram(program, requestOf(notice, signal));
    textOfProgram(`program \`${command[0]}\``, end, [0]);
    return { ok: true };
  } catch (error) {
    if (signal.aborted) return { ok: false, error: "the engine was closed" };
    // A program that is missing is still missing a second later.
    const isFinal = error instanceof AgentError && !error.retryable;
    return { ok: false, error: messageOf(error), ...(isFinal && { isFinal }) };
  }
}

/** What identifies the processes of a hook, so that all of them are ended with it. */
function requestOf({ id, run, step }: Notice, signal: AbortSignal): ProgramRequest {
  return {
    ...{ runId: run.id, stepId: step?.path ?? "", attemptNumber: step?.attemptNumber ?? 0 },
    ...{ idempotencyKey: id, signal, log: () => undefined },
  };
}
