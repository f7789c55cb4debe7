import { type ChildProcess, spawn } from "node:child_process";
import path from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

/** The built command line, as users install it. */
const BIN = path.join(
  path.dirname(fileURLToPath(import.meta.resolve("@automatosx/cli/package.json"))),
  "dist",
  "bin.js",
);

/** Starts `axw` in a folder, which also contains its database. */
export function startAxw(folder: string, ...args: readonly string[]): ChildProcess {
  const { AXW_DB: _, ...env } = process.env;
  return spawn(process.execPath, [BIN, ...args], {
    cwd: folder,
    env: { ...env, NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** What `axw` printed, once it has ended. */
export interface Finished {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `axw` to its end. */
export async function axw(folder: string, ...args: readonly string[]): Promise<Finished> {
  const child = startAxw(folder, ...args);
  if (child.stdout === null || child.stderr === null) throw new Error("no output");
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const [exitCode, stdout, stderr] = await Promise.all([
    exited,
    text(child.stdout),
    text(child.stderr),
  ]);
  return { exitCode, stdout, stderr };
}
