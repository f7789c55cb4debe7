import { DEFAULT_GRACE_MS } from "@automatosx/schemas";
import { AgentError, type AgentPort, type AgentRequest, WorkflowError } from "@automatosx/workflow";
import { checkOptions as checkTypes, type OptionChecks } from "@automatosx/workflow/checks";
import {
  changedEnvironment,
  DEFAULT_MAX_OUTPUT_BYTES,
  type EnvironmentChanges,
  findProgram,
  reclaimAfter,
  runProgram,
  stopMsAfter,
  textOfProgram,
  workingDirectory,
} from "@automatosx/workflow/programs";
import { JsonLoss, parseExactJson } from "@automatosx/workflow/source";
import { cleanStart } from "@automatosx/workflow/terminal-text";
import { PROCESS_CHECKS, words } from "./check-process-options.js";
import { taskText } from "./task-text.js";

/** How many characters the request may have as JSON (`input: "json"`). */
const MAX_INPUT_CHARS = 500_000_000;

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
    stopMs: stopMsAfter(graceMs),
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
  const cwd = options.cwd ?? request.directory ?? process.cwd();
  const ended = await runProgram(
    {
      command: options.command,
      cwd,
      keys: { command: "command", cwd: "cwd" },
      env: { ...workingDirectory(cwd), ...options.env },
      input: input === "none" ? undefined : input === "json" ? asJson(request) : taskText(request),
      timeoutMs: options.timeoutMs,
      graceMs,
      maxOutputBytes: options.maxOutputBytes ?? DEFAULT_MAX_OUTPUT_BYTES,
      installHint: options.installHint,
    },
    request,
  );
  const program = options.command[0] ?? "";
  const text = textOfProgram(`program \`${program}\``, ended, options.okExitCodes ?? [0]);
  return options.output === "json" ? parseJson(program, text) : text;
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
