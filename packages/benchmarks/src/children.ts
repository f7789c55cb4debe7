import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The path of a script in this package that runs in its own process. */
export const script = (name: string): string =>
  fileURLToPath(new URL(`../scripts/${name}`, import.meta.url));

/** Runs Node with these arguments and returns its output. Throws unless it exits with 0. */
export function runNode(...args: readonly string[]): string {
  const { status, signal, stdout, stderr } = spawnNode(args);
  if (status !== 0)
    throw new Error(`node ${args.join(" ")} ended with ${status ?? signal}: ${stderr}`);
  return stdout;
}

/** Runs Node with these arguments until SIGKILL ends it. Throws if it ends in any other way. */
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

/** The figures that a process with one engine reports about itself. */
export interface EngineFigures {
  readonly peakMb: number;
  /** For 1,000 steps. In the huge shapes, `mediumMs` is for 10,000 and `largeMs` for 100,000. */
  readonly smallMs: number;
  readonly mediumMs?: number;
  readonly largeMs?: number;
}

/** Runs the engine in its own process. `flags` are passed to Node. */
export function runEngineChild(
  what: string,
  folder: string,
  ...flags: readonly string[]
): EngineFigures {
  return JSON.parse(runNode(...flags, script("engine-child.mjs"), what, folder)) as EngineFigures;
}
