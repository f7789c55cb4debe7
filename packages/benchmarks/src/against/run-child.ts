import { type ChildProcess, spawn } from "node:child_process";
import { text } from "node:stream/consumers";

interface ChildOptions {
  readonly cwd: string;
  /** Ends the child and all its descendants. */
  readonly signal: AbortSignal;
}

/**
 * Runs a program and returns its output. Rejects with the program's error line unless it exits with
 * 0.
 */
export async function runChild(
  command: string,
  args: readonly string[],
  { cwd, signal }: ChildOptions,
): Promise<string> {
  signal.throwIfAborted();
  // The child gets its own process group, so that an interrupt also reaches its children.
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
    // The process has already exited.
  }
}

/** The line of the output that describes the error, for use in a table. */
function lastWords(output: string): string | undefined {
  const lines = output.split("\n").map((line) => line.trim());
  return lines.find((line) => /^\w*Error\b/.test(line)) ?? lines.findLast((line) => line !== "");
}
