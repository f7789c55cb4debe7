import { spawn, spawnSync } from "node:child_process";
import { delimiter, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

/** The repository's root. */
export const root = fileURLToPath(new URL("..", import.meta.url));

const quiet = { TURBO_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1", TURBO_NO_UPDATE_NOTIFIER: "1" };

/** The environment for every tool that a script starts, also outside npm, which sets the path. */
export const toolEnvironment: NodeJS.ProcessEnv = {
  ...process.env,
  ...quiet,
  PATH: `${join(root, "node_modules/.bin")}${delimiter}${process.env["PATH"]}`,
};

/** Runs turbo and returns its exit code. With `stderr`, nothing is printed to stdout. */
export function turbo(args: readonly string[], output: "inherit" | "stderr" = "inherit"): number {
  const run = spawnSync("turbo", args, {
    cwd: root,
    env: toolEnvironment,
    stdio: ["ignore", output === "stderr" ? 2 : "inherit", "inherit"],
  });
  if (run.error !== undefined) throw run.error;
  return run.status ?? 1;
}

/** Runs turbo beside other work. Resolves to its exit code and to what it printed on both streams. */
export async function turboApart(
  args: readonly string[],
): Promise<{ readonly status: number; readonly output: string }> {
  const child = spawn("turbo", args, {
    cwd: root,
    env: toolEnvironment,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });
  const [status, ...printed] = await Promise.all([exited, text(child.stdout), text(child.stderr)]);
  return { status, output: printed.join("") };
}
