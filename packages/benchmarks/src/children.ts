import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The path of a script of this package that is run as a process of its own. */
export const script = (name: string): string =>
  fileURLToPath(new URL(`../scripts/${name}`, import.meta.url));

/** Runs Node with these arguments to its end, which has to be a good one; what it wrote. */
export function runNode(...args: readonly string[]): string {
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: "utf8",
  });
  if (status !== 0)
    throw new Error(`node ${args.join(" ")} ended with ${status ?? signal}: ${stderr}`);
  return stdout;
}

/** What a process of the engine by itself says of itself. */
export interface EngineFigures {
  readonly peakMb: number;
  /** Of 1,000 steps, and where they were asked for, of 10,000 and 100,000. */
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
