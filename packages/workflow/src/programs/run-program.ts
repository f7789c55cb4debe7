import type { ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { AgentError, type AgentRequest } from "../agents/AgentPort.js";
import { changedRequest } from "../agents/observed-request.js";
import { afterPendingInput } from "../drive/Deadline.js";
import { systemPorts } from "../ports.js";
import type { SecretMask } from "../secrets/SecretMask.js";
import { attemptEnvironment, type EnvironmentChanges } from "./attempt-environment.js";
import { type LaunchKeys, launchProgram } from "./launch-program.js";
import { programStarted } from "./living-programs.js";
import { ProgramOutput } from "./ProgramOutput.js";
import { KILL_LIMIT_MS, sweepDescendants } from "./sweep-descendants.js";

/** How many bytes a program may print on stdout, unless a caller sets another limit. */
export const DEFAULT_MAX_OUTPUT_BYTES = 100_000_000;

/** How long to wait for output after the program and its descendants have ended, in ms. */
const PIPE_GRACE_MS = 500;

/**
 * How long ending a program can take on a busy machine, beyond its grace period and the wait after
 * KILL, in ms.
 */
const SLACK_MS = 5_000;

/** Logged when a program exits while other processes of its attempt are still running. */
const PROCESSES_ENDED =
  "[engine] The program exited and left processes running; they were ended with the attempt.\n";

/** A program to run for one attempt. */
export interface Program {
  /** The program and its arguments, passed on unchanged: no shell, no expansion. */
  readonly command: readonly string[];
  readonly cwd: string;
  /** The keys of the definition that name the program and the folder, for an error. */
  readonly keys: LaunchKeys;
  readonly env: EnvironmentChanges;
  /** Its stdin; undefined for an empty one. */
  readonly input: string | undefined;
  /** The agent's own time limit, in ms. */
  readonly timeoutMs?: number | undefined;
  /** How long to wait between TERM and KILL when ending the processes, in ms. */
  readonly graceMs: number;
  /** How many bytes the program may print on stdout. */
  readonly maxOutputBytes: number;
  /** How to install the program, shown when it is not found. */
  readonly installHint?: string | undefined;
  /** Replaces secrets in what it prints. */
  readonly mask?: SecretMask | undefined;
}

/** What a program needs of the request that it is run for. */
export type ProgramRequest = Pick<
  AgentRequest,
  | "runId"
  | "stepId"
  | "attemptNumber"
  | "idempotencyKey"
  | "effectKey"
  | "attemptToken"
  | "runDirectory"
  | "signal"
  | "log"
  | "recordProcess"
  | "markDone"
  | "stopWithinMs"
>;

/** How a program ended by itself. */
export interface ProgramEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: ProgramOutput;
}

/** Returns how long an agent needs to stop a program with this grace period, in ms. */
export function stopMsAfter(graceMs: number): number {
  return graceMs + KILL_LIMIT_MS + SLACK_MS;
}

/**
 * Runs a program for one attempt. Its output is passed to the log of the request as it arrives.
 *
 * After an abort, and also after a normal exit, every process that the program started is ended:
 * TERM, then KILL after `graceMs`, or sooner if the request limits the time in which they must have
 * ended. The promise settles only after that. An aborted attempt rejects with the signal's reason.
 * A missing program or folder, too much output and the program's own timeout reject with an
 * `AgentError`. Every exit resolves, no matter with which code or signal.
 *
 * Processes are recognised by the request's token, or without one by a random token.
 */
export async function runProgram(program: Program, request: ProgramRequest): Promise<ProgramEnd> {
  const { idempotencyKey, attemptToken = `${idempotencyKey}@${randomUUID()}` } = request;
  const { graceMs, input, mask, installHint } = program;
  const child = await launchProgram({
    command: program.command,
    cwd: program.cwd,
    keys: program.keys,
    env: attemptEnvironment(changedRequest(request, { attemptToken }), program.env),
    hasInput: input !== undefined,
    ...(installHint !== undefined && { installHint }),
  });
  const forget = programStarted(child.pid);
  const stop = Promise.withResolvers<{ readonly reason: unknown }>();
  const output = new ProgramOutput(child, {
    log: request.log,
    maxBytes: program.maxOutputBytes,
    mask,
    onFailure: (reason) => stop.resolve({ reason }),
  });
  const limit = stopWhenAborted(request.signal, program.timeoutMs, (reason) =>
    stop.resolve({ reason }),
  );
  const exit = exitOf(child);
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  // If this engine dies, the next one must be able to end the program, so the program does not get
  // its input until its process id is on disk.
  const recorded = request.recordProcess?.(child.pid) ?? Promise.resolve();
  const begin = (): void => {
    limit.start();
    feed(child, input ?? "");
  };
  recorded.then(begin, (reason: unknown) => stop.resolve({ reason }));
  try {
    const first = await Promise.race([exit, stop.promise]);
    if (!("reason" in first)) request.markDone?.();
    const processes = { idempotencyKey, tokens: [attemptToken], groupId: child.pid };
    const hasLeftAny = await sweepDescendants(processes, graceMs, () => request.stopWithinMs);
    if (hasLeftAny && !("reason" in first)) request.log(PROCESSES_ENDED, "stderr");
    const ended = await exit;
    // `close` is not emitted while an unrelated process holds the pipe open.
    await Promise.race([closed, delay(PIPE_GRACE_MS, undefined, { ref: false })]);
    output.finish();
    if ("reason" in first) throw first.reason;
    if (output.failure !== undefined) throw output.failure;
    return { ...ended, output };
  } finally {
    forget();
    limit.release();
    child.stdout?.destroy();
    child.stderr?.destroy();
  }
}

/**
 * Returns stdout as text, without the newlines at its end. Throws a retryable `AgentError` if the
 * program was ended by a signal, or exited with a code that does not count as success.
 */
export function textOfProgram(
  program: string,
  { code, signal, output }: ProgramEnd,
  okExitCodes: readonly number[],
): string {
  if (signal !== null) {
    const hint =
      signal === "SIGKILL" ? " (not sent by the engine: the system may be out of memory)" : "";
    throw new AgentError(
      withDetail(`${program} was killed by ${signal}${hint}`, output.describeFailure()),
    );
  }
  if (!okExitCodes.includes(code ?? -1))
    throw new AgentError(
      withDetail(`${program} exited with code ${code}`, output.describeFailure()),
    );
  return withoutLastNewlines(output.text());
}

interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => child.once("exit", (code, signal) => resolve({ code, signal })));
}

/** What ends a program before it exits by itself. */
interface ProgramLimit {
  /** Starts the agent's own timeout: the program gets its input now. */
  start(): void;
  release(): void;
}

// A program that has exited has a result, even if the exit has not been read yet: so each stop
// waits for pending input.
function stopWhenAborted(
  signal: AbortSignal,
  timeoutMs: number | undefined,
  stop: (reason: unknown) => void,
): ProgramLimit {
  const { clock } = systemPorts;
  const onAbort = (): void => afterPendingInput(clock, () => stop(signal.reason));
  signal.addEventListener("abort", onAbort, { once: true });
  // The signal may have been aborted while the program was starting.
  if (signal.aborted) onAbort();
  let cancelTimer: (() => void) | undefined;
  let isReleased = false;
  const onTimeout = (): void =>
    afterPendingInput(clock, () =>
      stop(new AgentError(`the program took longer than the agent's timeout of ${timeoutMs} ms`)),
    );
  return {
    start() {
      if (timeoutMs !== undefined && !isReleased)
        cancelTimer = clock.setTimer(timeoutMs, onTimeout);
    },
    release() {
      isReleased = true;
      signal.removeEventListener("abort", onAbort);
      cancelTimer?.();
    },
  };
}

/** Writes the program's input. A program may ignore it, so EPIPE is not a failure. */
function feed(child: ChildProcess, text: string): void {
  child.stdin?.on("error", () => {});
  child.stdin?.end(text);
}

function withDetail(message: string, detail: string): string {
  return detail === "" ? message : `${message}: ${detail}`;
}

function withoutLastNewlines(text: string): string {
  let end = text.length;
  while (end > 0 && (text[end - 1] === "\n" || text[end - 1] === "\r")) end -= 1;
  return text.slice(0, end);
}
