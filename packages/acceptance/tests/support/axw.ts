import { type ChildProcess, spawn } from "node:child_process";
import path from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

/** The built CLI, as users install it. */
export const axwFile = path.join(
  path.dirname(fileURLToPath(import.meta.resolve("@automatosx/cli/package.json"))),
  "dist",
  "bin.js",
);

export interface Finished {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running or ended `axw` process. */
export interface Running {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  /** The process's result, once it has ended. */
  ended?: Finished;
}

/** Starts `axw` in `cwd`, which also contains its database unless the arguments specify another. */
export function startAxw(cwd: string, ...args: readonly string[]): Running {
  return startAxwWith({}, cwd, ...args);
}

/** Like `startAxw`, with these environment variables. */
export function startAxwWith(
  variables: Readonly<Record<string, string>>,
  cwd: string,
  ...args: readonly string[]
): Running {
  const { AXW_DB: _, AXW_BACKEND: __, ...env } = process.env;
  const child = spawn(process.execPath, [axwFile, ...args], {
    cwd,
    env: { ...env, ...variables, NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const finished = Promise.all([exited, text(child.stdout), text(child.stderr)]).then(
    ([exitCode, stdout, stderr]) => {
      running.ended = { exitCode, stdout, stderr };
      return running.ended;
    },
  );
  const running: Running = { child, finished };
  return running;
}

export function axw(cwd: string, ...args: readonly string[]): Promise<Finished> {
  return startAxw(cwd, ...args).finished;
}

/** The JSON values of NDJSON output, one per line. */
export function ndjson<T>(stdout: string): T[] {
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as T);
}
