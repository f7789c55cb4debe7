import type { ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { DEFAULT_GRACE_MS } from "@automatosx/schemas";
import {
  AgentError,
  type AgentPort,
  type AgentRequest,
  systemPorts,
  WorkflowError,
} from "@automatosx/workflow";
import { checkOptions as checkTypes, type OptionChecks } from "@automatosx/workflow/checks";
import { afterPendingInput } from "@automatosx/workflow/drive";
import { JsonLoss, parseExactJson } from "@automatosx/workflow/source";
import { cleanStart } from "@automatosx/workflow/terminal-text";
import {
  attemptEnvironment,
  changedEnvironment,
  type EnvironmentChanges,
  workingDirectory,
} from "./attempt-environment.js";
import { PROCESS_CHECKS, words } from "./check-process-options.js";
import { findProgram } from "./find-program.js";
import { launchProgram } from "./launch-program.js";
import { ProgramOutput } from "./ProgramOutput.js";
import { reclaimAfter } from "./reclaim-attempt.js";
import { KILL_LIMIT_MS, sweepDescendants } from "./sweep-descendants.js";

/** How many bytes a program may print on stdout, unless `maxOutputBytes` sets another limit. */
export const DEFAULT_MAX_OUTPUT_BYTES = 100_000_000;

/** How many characters the request may have as JSON (`input: "json"`). */
const MAX_INPUT_CHARS = 500_000_000;

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

/** An agent's program, and how to run it. */
export interface ProcessAgentOptions {
  /** The program and its arguments, passed on unchanged: no shell, no templates, no expansion. */
  readonly command: readonly string[];
  /**
   * The folder in which the program runs. Default: the folder in which the run was started, or, if
   * that is unknown, the current folder at the time of the attempt.
   */
  readonly cwd?: string;
  /**
   * Changes to the environment that the program inherits from this process: a text sets a variable,
   * null removes one (see `attemptEnvironment`).
   */
  readonly env?: EnvironmentChanges;
  /**
   * The program's stdin: the task's text (default), the request as JSON, or nothing.
   */
  readonly input?: "task" | "json" | "none";
  /** How to read stdout: as text, without trailing newlines (default), or as one JSON value. */
  readonly output?: "text" | "json";
  /** The time limit of one attempt, in ms. Default: only the step's own timeout. */
  readonly timeoutMs?: number;
  /** How long to wait between TERM and KILL when ending the processes, in ms. Default 5,000. */
  readonly graceMs?: number;
  /** How many bytes the program may print on stdout. Default 100,000,000. */
  readonly maxOutputBytes?: number;
  /** Exit codes that count as success. Default: only 0. */
  readonly okExitCodes?: readonly number[];
  /** A one-line human-readable description. Default: the command. */
  readonly description?: string;
  /**
   * What to do if the program is missing, as an instruction: `install it with npm install -g x`.
   */
  readonly installHint?: string;
}

const OPTION_CHECKS: OptionChecks<ProcessAgentOptions> = PROCESS_CHECKS;

/** An agent that runs a program for each attempt. */
export interface ProgramAgent extends AgentPort {
  /** The first word of its command. */
  readonly program: string;
  /** Whether an attempt would find the program. Does not run it. */
  isInstalled(): boolean;
}

/** Whether the agent runs a program. */
export function isProgramAgent(agent: AgentPort): agent is ProgramAgent {
  return "program" in agent && "isInstalled" in agent;
}

/**
 * Returns an agent that runs a program for each attempt. The task is sent through stdin, so it can
 * have any length and other users cannot see it. The program's stdout is the result. stdout and
 * stderr are passed to the log as they arrive.
 *
 * After an abort, and also after a normal exit, every process that the program started is ended:
 * TERM, then KILL after `graceMs`. The promise settles only after that. An aborted attempt rejects
 * with the signal's reason. Every other failure is an `AgentError`: a missing program or folder
 * (not retryable), an exit code not in `okExitCodes`, a signal, too much output, or output that is
 * not valid JSON.
 *
 * Processes are recognised by the request's token, or without one by a random token.
 *
 * @example
 * const reviewer = processAgent({ command: ["my-reviewer", "--strict"], output: "json" });
 *
 * @throws WorkflowError `invalid_argument` if the options could never work.
 */
export function processAgent(options: ProcessAgentOptions): ProgramAgent {
  checkTypes<ProcessAgentOptions>("processAgent", options, OPTION_CHECKS);
  words(options.command, "command");
  checkOptions(options);
  const graceMs = options.graceMs ?? DEFAULT_GRACE_MS;
  const [program = ""] = options.command;
  return {
    program,
    isInstalled: () =>
      findProgram(program, changedEnvironment(process.env, options.env ?? {}), options.cwd) !==
      undefined,
    description: options.description ?? `runs \`${shorten(options.command.join(" "), 80)}\``,
    stopMs: graceMs + KILL_LIMIT_MS + SLACK_MS,
    execute: (request) => attempt(options, graceMs, request),
    reclaim: reclaimAfter(graceMs),
  };
}

async function attempt(
  options: ProcessAgentOptions,
  graceMs: number,
  request: AgentRequest,
): Promise<unknown> {
  request.signal.throwIfAborted();
  const input = options.input ?? "task";
  const text = input === "json" ? asJson(request) : request.task;
  const { idempotencyKey, attemptToken = `${idempotencyKey}@${randomUUID()}` } = request;
  const cwd = options.cwd ?? request.directory ?? process.cwd();
  const changes = { ...workingDirectory(cwd), ...options.env };
  const child = await launchProgram({
    command: options.command,
    cwd,
    env: attemptEnvironment({ ...request, attemptToken }, changes),
    hasInput: input !== "none",
    ...(options.installHint !== undefined && { installHint: options.installHint }),
  });
  const stop = Promise.withResolvers<{ readonly reason: unknown }>();
  const output = new ProgramOutput(
    child,
    request.log,
    options.maxOutputBytes ?? DEFAULT_MAX_OUTPUT_BYTES,
    (reason) => stop.resolve({ reason }),
  );
  const limit = stopWhenAborted(request.signal, options.timeoutMs, (reason) =>
    stop.resolve({ reason }),
  );
  const exit = exitOf(child);
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  // If this engine dies, the next one must be able to end the program, so the program does not get
  // its task until its process id is on disk.
  const recorded = request.recordProcess?.(child.pid) ?? Promise.resolve();
  const begin = (): void => {
    limit.start();
    feed(child, text);
  };
  recorded.then(begin, (reason: unknown) => stop.resolve({ reason }));
  try {
    const first = await Promise.race([exit, stop.promise]);
    if (!("reason" in first)) request.markDone?.();
    const processes = { idempotencyKey, tokens: [attemptToken], groupId: child.pid };
    const hasLeftAny = await sweepDescendants(processes, graceMs);
    if (hasLeftAny && !("reason" in first)) request.log(PROCESSES_ENDED, "stderr");
    const ended = await exit;
    // `close` is not emitted while an unrelated process holds the pipe open.
    await Promise.race([closed, delay(PIPE_GRACE_MS, undefined, { ref: false })]);
    output.finish();
    if ("reason" in first) throw first.reason;
    if (output.failure !== undefined) throw output.failure;
    return resultOf(options, ended, output);
  } finally {
    limit.release();
    child.stdout?.destroy();
    child.stderr?.destroy();
  }
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
  /** Starts the agent's own timeout: the program gets its task now. */
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

function asJson(request: AgentRequest): string {
  const { signal: _, log: __, attemptToken: ___, markDone: ____, ...data } = request;
  try {
    const text = JSON.stringify(data);
    if (text.length <= MAX_INPUT_CHARS) return `${text}\n`;
  } catch (error) {
    // The text would be longer than the longest string of Node, which is above the limit.
    if (!(error instanceof RangeError)) throw error;
  }
  throw new AgentError(
    `the request as JSON is longer than the limit of ${MAX_INPUT_CHARS} characters; write large ` +
      "results to files and return their paths",
    { retryable: false },
  );
}

function resultOf(
  options: ProcessAgentOptions,
  { code, signal }: Exit,
  output: ProgramOutput,
): unknown {
  const program = options.command[0] ?? "";
  if (signal !== null) {
    const hint =
      signal === "SIGKILL" ? " (not sent by the engine: the system may be out of memory)" : "";
    throw new AgentError(
      withDetail(`program \`${program}\` was killed by ${signal}${hint}`, output.describeFailure()),
    );
  }
  if (!(options.okExitCodes ?? [0]).includes(code ?? -1)) {
    throw new AgentError(
      withDetail(`program \`${program}\` exited with code ${code}`, output.describeFailure()),
    );
  }
  return options.output === "json"
    ? parseJson(program, output.text())
    : withoutLastNewlines(output.text());
}

function withDetail(message: string, detail: string): string {
  return detail === "" ? message : `${message}: ${detail}`;
}

function parseJson(program: string, text: string): unknown {
  if (text.trim() === "")
    throw new AgentError(
      `program \`${program}\` printed nothing; expected one JSON value (\`output: json\`)`,
    );
  try {
    return parseExactJson(text);
  } catch (cause) {
    if (cause instanceof JsonLoss)
      throw new AgentError(
        `program \`${program}\` printed JSON that cannot be stored unchanged: ${cause.message}. ` +
          "The program must print it in double quotes",
        { cause },
      );
    const excerpt = JSON.stringify(cleanStart(text, 200));
    const reason = cleanStart((cause as Error).message, 200);
    throw new AgentError(
      `program \`${program}\` did not print valid JSON (\`output: json\`): ${reason}. ` +
        `The output begins with ${excerpt}`,
      { cause },
    );
  }
}

function withoutLastNewlines(text: string): string {
  let end = text.length;
  while (end > 0 && (text[end - 1] === "\n" || text[end - 1] === "\r")) end -= 1;
  return text.slice(0, end);
}

function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

function checkOptions(options: ProcessAgentOptions): void {
  const { command, env = {} } = options;
  const [program = ""] = command;
  if (program === "") refuse("`command` is empty", "write it as a list: [my-program, --flag]");
  if ([...command, options.cwd ?? ""].some((part) => part.includes("\0")))
    refuse("`command` or `cwd` contains a NUL character", "remove it");
  if (/\.(cmd|bat)[. ]*$/i.test(program)) {
    refuse(
      `\`${program}\` is a batch file, which only a shell can run`,
      "run the program that the batch file starts, such as [node, path/to/cli.js]",
    );
  }
  for (const [name, value] of Object.entries(env)) {
    if (name === "" || /[=\0]/.test(name) || (value?.includes("\0") ?? false))
      refuse(`the environment variable ${JSON.stringify(name)} cannot be set`, "correct `env`");
  }
}

function refuse(message: string, remedy: string): never {
  throw new WorkflowError("invalid_argument", message, { remedy });
}
