import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { AgentError } from "../agents/AgentPort.js";
import { messageOf } from "../message-of.js";
import { findProgram, isPathLike } from "./find-program.js";

/** The keys of a definition that say what to run, and where. */
export interface LaunchKeys {
  readonly command: string;
  readonly cwd: string;
}

/** A program to start. */
export interface Launch {
  /** The program and its arguments, passed on unchanged: no shell, no expansion. */
  readonly command: readonly string[];
  readonly cwd: string;
  /** The keys of the definition that name the program and the folder, for an error. */
  readonly keys: LaunchKeys;
  readonly env: NodeJS.ProcessEnv;
  /** If false, the program gets an empty stdin. */
  readonly hasInput: boolean;
  /** How to install the program, shown when it is not found. */
  readonly installHint?: string;
}

/**
 * Starts a program as the leader of its own process group and session, so that the whole group can
 * be signalled and the terminal's Ctrl-C reaches only the engine. No other code starts a process.
 * Rejects with an `AgentError`, which is not retryable if the program or the folder is missing.
 */
export async function launchProgram(
  launch: Launch,
): Promise<ChildProcess & { readonly pid: number }> {
  await requireFolder(launch);
  const [program = "", ...args] = launch.command;
  try {
    const child = spawn(program, args, {
      cwd: launch.cwd,
      env: launch.env,
      // On Windows a detached program would open its own console window.
      detached: process.platform !== "win32",
      shell: false,
      stdio: [launch.hasInput ? "pipe" : "ignore", "pipe", "pipe"],
      windowsHide: true,
    });
    // If there is no process id, the start has failed; the reason arrives as an event.
    if (child.pid === undefined) throw (await once(child, "error"))[0];
    child.on("error", () => {});
    return child as ChildProcess & { readonly pid: number };
  } catch (error) {
    throw launchError(error, program, launch);
  }
}

async function requireFolder({ cwd, keys }: Launch): Promise<void> {
  const entry = await stat(cwd).catch(() => undefined);
  if (entry?.isDirectory() === true) return;
  const fault = entry === undefined ? "does not exist" : "is not a folder";
  throw new AgentError(`the folder ${cwd} ${fault}; create it or change \`${keys.cwd}\``, {
    retryable: false,
  });
}

// A shortage of processes or file handles is temporary; every other failure is permanent.
const TRANSIENT_CODES = new Set(["EAGAIN", "EMFILE", "ENFILE", "ENOMEM"]);

function launchError(cause: unknown, program: string, launch: Launch): AgentError {
  const code = (cause as NodeJS.ErrnoException).code ?? "";
  return new AgentError(launchMessage(code, cause, program, launch), {
    retryable: TRANSIENT_CODES.has(code),
  });
}

function launchMessage(
  code: string,
  cause: unknown,
  program: string,
  { cwd, env, installHint, keys }: Launch,
): string {
  const exists = findProgram(program, env, cwd) !== undefined;
  if (code === "ENOENT" && exists)
    return (
      `program \`${program}\` could not start: the interpreter named in its first line is ` +
      "missing"
    );
  if (code === "ENOENT" && isPathLike(program))
    return `program ${resolve(cwd, program)} does not exist; change \`${keys.command}\``;
  if (code === "ENOENT")
    return (
      `program \`${program}\` was not found on PATH; ${installHint ?? "install it"} or change ` +
      `\`${keys.command}\``
    );
  if (code === "EACCES")
    return (
      `program \`${program}\` is not executable; make it executable (chmod +x) or change ` +
      `\`${keys.command}\``
    );
  if (code === "E2BIG")
    return `the arguments of \`${program}\` exceed the system's limit; use stdin for long text`;
  return `program \`${program}\` could not start: ${messageOf(cause)}`;
}
