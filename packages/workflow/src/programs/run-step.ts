import { resolve } from "node:path";
import { DEFAULT_GRACE_MS } from "@automatosx/schemas/written";
import { AgentError, type AgentRequest, type RunRequest } from "../agents/AgentPort.js";
import { workingDirectory } from "./attempt-environment.js";
import { DEFAULT_MAX_OUTPUT_BYTES, runProgram, textOfProgram } from "./run-program.js";
import { writeScript } from "./script-file.js";

/** The program that reads a script, unless the step names another: it ends at the first failure. */
const DEFAULT_SHELL = ["sh", "-eu"];

/** What a program that printed a code other than 0 gave, where several codes are accepted. */
interface ExitAnswer {
  readonly stdout: string;
  readonly exitCode: number;
}

/**
 * Runs the program or the script of a `run` step and returns what it printed, without the newlines
 * at its end; with several accepted exit codes and no `output`, also the code. A missing program or
 * folder rejects with an `AgentError` that is not retryable; another exit code, or a signal, with
 * one that is. See `runProgram` for how it is stopped.
 */
export async function performRunStep(request: AgentRequest): Promise<string | ExitAnswer> {
  request.signal.throwIfAborted();
  const { run, schema } = request;
  if (run === undefined)
    throw new AgentError("the step has no program; an agent performs it", { retryable: false });
  const { okExitCodes = [0] } = run;
  const cwd = resolve(request.directory ?? process.cwd(), run.dir ?? "");
  const ended = await runProgram(
    {
      command: await commandOf(run, request),
      cwd,
      keys: { command: run.command === undefined ? "shell" : "run", cwd: "dir" },
      env: { ...workingDirectory(cwd), ...run.env },
      input: run.input,
      graceMs: DEFAULT_GRACE_MS,
      maxOutputBytes: DEFAULT_MAX_OUTPUT_BYTES,
      mask: run.mask,
    },
    request,
  );
  const stdout = textOfProgram(nameOf(run), ended, okExitCodes);
  if (schema !== undefined || okExitCodes.length < 2) return stdout;
  return { stdout, exitCode: ended.code ?? 0 };
}

async function commandOf(run: RunRequest, request: AgentRequest): Promise<readonly string[]> {
  const { command, script = "", shell = DEFAULT_SHELL } = run;
  if (command !== undefined) return command;
  const { runDirectory } = request;
  if (runDirectory === undefined)
    throw new AgentError("the run has no directory for the script", { retryable: false });
  return [...shell, await writeScript(request, runDirectory, script)];
}

function nameOf({ command, shell = DEFAULT_SHELL }: RunRequest): string {
  return command === undefined ? `the script (${shell[0]})` : `program \`${command[0]}\``;
}
