import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The path of a script of this package that runs in a process of its own. */
export const script = (name: string): string =>
  fileURLToPath(new URL(`../scripts/${name}`, import.meta.url));

/** Runs Node with these arguments, and returns its output. Throws unless it exits with 0. */
export function runNode(...args: readonly string[]): string {
  const { status, signal, stdout, stderr } = spawnNode(args);
  if (status !== 0)
    throw new Error(`node ${args.join(" ")} ended with ${status ?? signal}: ${stderr}`);
  return stdout;
}

/** Runs Node with these arguments until SIGKILL ends it. Throws when anything else does. */
export function untilKilled(...args: readonly string[]): void {
  const { status, signal, stderr } = spawnNode(args);
  if (signal !== "SIGKILL")
    throw new Error(
      `node ${args.join(" ")} was not killed; it ended with ${status ?? signal}: ${stderr}`,
    );
}

function spawnNode(args: readonly string[]) {
  return spawnSync(process.execPath, args, { encoding: "utf8" });
}

/** The figures that a process with one engine reports of itself. */
export interface EngineFigures {
  readonly peakMb: number;
  /** For 1,000 steps, and in the huge shapes for 10,000 and 100,000. */
  readonly smallMs: number;
  readonly mediumMs?: number;
  readonly largeMs?: number;
}

/** Runs the engine in a process of its own; `flags` are Node's. */
export function runEngineChild(
  what: string,
  folder: string,
  ...flags: readonly string[]
): EngineFigures {
  return JSON.parse(runNode(...flags, script("engine-child.mjs"), what, folder)) as EngineFigures;
}
