import { type ChildProcess, spawn } from "node:child_process";
import { text } from "node:stream/consumers";

interface ChildOptions {
  readonly cwd: string;
  /** Ends the child with all its children. */
  readonly signal: AbortSignal;
}

/** Runs a program and returns its output. Rejects with its error line unless it exits with 0. */
export async function runChild(
  command: string,
  args: readonly string[],
  { cwd, signal }: ChildOptions,
): Promise<string> {
  signal.throwIfAborted();
  // In a process group of its own, so that an interrupt reaches its children too.
  const child = spawn(command, args, { cwd, stdio: ["ignore", "pipe", "pipe"], detached: true });
  const interrupt = (): void => killGroup(child);
  signal.addEventListener("abort", interrupt, { once: true });
  try {
    const ended = new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code, endedBy) => resolve(code ?? endedBy));
    });
    const [stdout, stderr, end] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      ended,
    ]);
    signal.throwIfAborted();
    if (end !== 0) throw new Error(lastWords(stderr) ?? `${command} ended with ${String(end)}`);
    return stdout;
  } finally {
    signal.removeEventListener("abort", interrupt);
  }
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}

/** The line of an output that names the error, for a table. */
function lastWords(output: string): string | undefined {
  const lines = output.split("\n").map((line) => line.trim());
  return lines.find((line) => /^\w*Error\b/.test(line)) ?? lines.findLast((line) => line !== "");
}
