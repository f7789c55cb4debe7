import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Launch, Launched } from "@automatosx/dashboard";
import type { DefinitionIssue } from "@automatosx/workflow";
import type { StoragePort } from "@automatosx/workflow/observe";

/** How often to look whether the launched process has claimed its run, in ms. */
const POLL_MS = 25;

/** How a process of `axw` is started. */
export interface Launcher {
  /** The program and its first arguments: Node, and the script of `axw`. */
  readonly program: readonly [string, ...string[]];
  /** The database file; absent if the environment names a backend. */
  readonly database?: string;
  /** Flags that each launch gets: `--agents WHO`. */
  readonly flags: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly storage: Pick<StoragePort, "getRun">;
}

/**
 * Starts a process of `axw` that outlives this one, and settles once it has claimed its run or has
 * ended.
 */
export async function launchDetached(launcher: Launcher, launch: Launch): Promise<Launched> {
  const folder = mkdtempSync(join(tmpdir(), "axw-serve-"));
  try {
    const [first, ...rest] = launcher.program;
    const output = join(folder, "output.ndjson");
    const file = openSync(output, "w");
    const child = spawn(first, [...rest, ...wordsOf(launcher, launch, folder)], {
      cwd: launcher.cwd,
      env: { ...launcher.env },
      detached: true,
      stdio: ["ignore", file, "ignore"],
    });
    closeSync(file);
    const exitCode = await untilBegun(launcher, launch.runId, child);
    child.unref();
    return exitCode === undefined ? { ok: true } : outcomeIn(output, exitCode);
  } finally {
    // A process that runs keeps its open output.
    rmSync(folder, { recursive: true, force: true });
  }
}

function wordsOf({ database, flags }: Launcher, launch: Launch, folder: string): readonly string[] {
  const place = database === undefined ? [] : ["--db", database];
  const common = [...place, "--no-ask", "--json", ...flags];
  switch (launch.verb) {
    case "resume":
      return ["resume", launch.runId, ...common];
    case "restore":
      return ["resume", launch.checkpointId, ...common];
    case "run": {
      const inputs = join(folder, "inputs.json");
      writeFileSync(inputs, JSON.stringify(launch.inputs), { mode: 0o600 });
      return ["run", launch.file, "--run-id", launch.runId, "--inputs", inputs, ...common];
    }
  }
}

/** Returns undefined once the process owns the run, or its exit code. */
async function untilBegun(
  { storage }: Launcher,
  runId: string,
  child: ChildProcess,
): Promise<number | undefined> {
  const ended = new Promise<number>((resolve) => {
    child.once("error", () => resolve(1));
    child.once("close", (code) => resolve(code ?? 1));
  });
  for (;;) {
    const exitCode = await Promise.race([ended, pause(POLL_MS)]);
    if (exitCode !== undefined) return exitCode;
    if (storage.getRun(runId)?.owner?.pid === child.pid) return undefined;
  }
}

function pause(ms: number): Promise<undefined> {
  return new Promise((resolve) => void setTimeout(resolve, ms, undefined));
}

/** Reads why the process ended before it was seen to own the run. */
function outcomeIn(output: string, exitCode: number): Launched {
  const last = readFileSync(output, "utf8").trimEnd().split("\n").at(-1) ?? "";
  const line = parsed(last);
  if (line?.["type"] !== "error") {
    // The run may have ended within a few milliseconds.
    if (line !== undefined) return { ok: true };
    const message = `The process that was started for the run exited with code ${exitCode}.`;
    return { ok: false, code: "internal", message };
  }
  const { code, message = "", remedy } = line as Record<string, string>;
  const [first] = errorsIn(line["issues"]);
  return {
    ok: false,
    code: code as "internal",
    ...(first === undefined
      ? { message, ...(remedy !== undefined && { remedy }) }
      : {
          message: `${message} The first error is in line ${first.line}: ${first.message}.`,
          remedy: "Correct the errors, which are listed with the source of the workflow.",
        }),
  };
}

type FoundError = Pick<DefinitionIssue, "severity" | "line" | "message">;

function errorsIn(issues: unknown): readonly FoundError[] {
  if (!Array.isArray(issues)) return [];
  return (issues as readonly FoundError[]).filter(({ severity }) => severity === "error");
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
