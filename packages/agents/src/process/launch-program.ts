import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { AgentError } from "@automatosx/workflow";
import { findProgram, isPathLike } from "./find-program.js";

export interface Launch {
  /** The program and its arguments, as they reach it: no shell, no expansion. */
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** False gives the program an empty stdin. */
  readonly hasInput: boolean;
  /** What to say, besides that it is missing, when the program is not found. */
  readonly installHint?: string;
}

/**
 * Begins a program as the leader of a process group and session of its own, so that the whole group can be signalled and the
 * terminal's Ctrl-C reaches only us. The one place where a process is begun.
 * Rejects with an `AgentError` that is not worth a retry when the program or the folder is not there.
 */
export async function launchProgram(
  launch: Launch,
): Promise<ChildProcess & { readonly pid: number }> {
  await requireFolder(launch.cwd);
  const [program = "", ...args] = launch.command;
  try {
    const child = spawn(program, args, {
      cwd: launch.cwd,
      env: launch.env,
      // On Windows a detached program would open a console window of its own.
      detached: process.platform !== "win32",
      shell: false,
      stdio: [launch.hasInput ? "pipe" : "ignore", "pipe", "pipe"],
      windowsHide: true,
    });
    // Whoever has no process id has been refused; the reason comes as an event.
    if (child.pid === undefined) throw (await once(child, "error"))[0];
    child.on("error", () => {});
    return child as ChildProcess & { readonly pid: number };
  } catch (error) {
    throw launchError(error, program, launch);
  }
}

async function requireFolder(path: string): Promise<void> {
  const entry = await stat(path).catch(() => undefined);
  if (entry?.isDirectory() === true) return;
  const fault = entry === undefined ? "does not exist" : "is not a folder";
  throw new AgentError(`the folder ${path} ${fault}; create it or change \`cwd\``, {
    retryable: false,
  });
}

// Short of processes or file handles is a state that passes; everything else stays as it is.
const PASSING_CODES = new Set(["EAGAIN", "EMFILE", "ENFILE", "ENOMEM"]);

function launchError(cause: unknown, program: string, launch: Launch): AgentError {
  const code = (cause as NodeJS.ErrnoException).code ?? "";
  return new AgentError(launchMessage(code, cause, program, launch), {
    retryable: PASSING_CODES.has(code),
    cause,
  });
}

function launchMessage(
  code: string,
  cause: unknown,
  program: string,
  { cwd, env, installHint }: Launch,
): string {
  const isThere = findProgram(program, env, cwd) !== undefined;
  if (code === "ENOENT" && isThere)
    return `program \`${program}\` could not start: the interpreter named in its first line is missing`;
  if (code === "ENOENT" && isPathLike(program))
    return `program ${resolve(cwd, program)} does not exist; change \`command\``;
  if (code === "ENOENT")
    return `program \`${program}\` was not found on PATH; ${installHint ?? "install it"} or change \`command\``;
  if (code === "EACCES")
    return `program \`${program}\` may not be executed; make it executable (chmod +x) or change \`command\``;
  if (code === "E2BIG")
    return `the arguments of \`${program}\` are longer than the system takes; give long text by stdin`;
  return `program \`${program}\` could not start: ${cause instanceof Error ? cause.message : String(cause)}`;
}
