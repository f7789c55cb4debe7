import { spawn, spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { root, toolEnvironment } from "../turbo.ts";

export interface ToolRun {
  /** Null when a signal ended the tool or it did not start. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The number of tools that may run at the same time; the others wait in order. */
const SLOTS = availableParallelism();
let running = 0;
const waiting: (() => void)[] = [];

/** Runs a tool as soon as a slot is free. `folder` is relative to the repository's root. */
export async function runTool(
  command: string,
  args: readonly string[],
  folder = ".",
): Promise<ToolRun> {
  if (running >= SLOTS) await new Promise<void>((resolve) => waiting.push(resolve));
  else running += 1;
  try {
    const child = spawn(command, args, {
      cwd: join(root, folder),
      env: toolEnvironment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    const [stdout, stderr, code] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      ended,
    ]);
    return { code, stdout, stderr };
  } finally {
    // The slot passes to the next in line, or becomes free.
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  }
}

/** Runs a tool. Returns its output if it failed, or an empty list if it succeeded. */
export async function complaints(
  command: string,
  args: readonly string[],
  folder = ".",
): Promise<string[]> {
  const { code, stdout, stderr } = await runTool(command, args, folder);
  if (code === 0) return [];
  const output = `${stdout}${stderr}`.trim();
  return [output === "" ? `${command} ${args.join(" ")} ended with ${code ?? "a signal"}` : output];
}

/** Every file that git tracks or would add, without deleted ones. */
export function sourceFiles(): string[] {
  const deleted = new Set(listFiles("--deleted"));
  return listFiles("--cached", "--others", "--exclude-standard").filter(
    (name) => !deleted.has(name),
  );
}

function listFiles(...flags: readonly string[]): string[] {
  const { stdout } = spawnSync("git", ["ls-files", "-z", ...flags], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout.split("\0").filter((name) => name !== "");
}
