import { spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { openSqliteStorage } from "@automatosx/workflow";
import { AGENT, WORKFLOW } from "./crash-workflow.ts";
import type { Ended } from "./output.ts";

/** The built CLI, as users install it. */
const axwFile = join(
  dirname(fileURLToPath(import.meta.resolve("@automatosx/cli/package.json"))),
  "dist",
  "bin.js",
);

/** The state that a new process would find on disk. */
export interface Found {
  /** Undefined if no run was recorded. */
  readonly runId: string | undefined;
  /** The ids of the completed steps, once per completion in the journal. */
  readonly completed: readonly string[];
  /** `step#attempt`, once per start of an agent. */
  readonly calls: readonly string[];
}

/** Options for starting `axw`, besides its arguments. */
export interface AxwOptions {
  /** A command to run `axw` under: `strace` and its arguments. */
  readonly under?: readonly string[];
  /** Called once the process has started. It may watch the output and kill the process. */
  readonly watch?: (watched: WatchedAxw) => void;
}

interface WatchedAxw {
  /** Kills the process that was started: `strace`, if `axw` runs under it. */
  readonly kill: () => void;
  /** Settles when that process has ended. */
  readonly exited: Promise<unknown>;
  /** Calls `listener` for each line of output with the line's number, from 1. */
  readonly onLine: (listener: (lineNumber: number) => void) => void;
}

/** A time limit ten times longer than any command takes: a command that exceeds it hangs. */
const LIMIT_MS = 60_000;

/** A temporary folder in which to run `axw`, with the crash workflow, its agent and a database. */
export class CrashSite {
  readonly folder: string;
  readonly database: string;

  constructor(inside: string = tmpdir()) {
    this.folder = realpathSync(mkdtempSync(join(inside, "axw-crash-")));
    this.database = join(this.folder, "kept", "crash.db");
    writeFileSync(join(this.folder, "workflow.json"), JSON.stringify(WORKFLOW));
    writeFileSync(join(this.folder, "agent.sh"), AGENT);
  }

  /** The folder of the database; `axw` creates it. */
  get databaseFolder(): string {
    return dirname(this.database);
  }

  /** Every path that SQLite writes to. */
  get durablePaths(): readonly string[] {
    return [this.databaseFolder, this.database, `${this.database}-wal`, `${this.database}-shm`];
  }

  run(options?: AxwOptions): Promise<Ended> {
    return this.axw(["run", "workflow.json", "--json"], options);
  }

  resume(runId: string, options?: AxwOptions): Promise<Ended> {
    return this.axw(["resume", runId, "--json"], options);
  }

  async axw(words: readonly string[], { under = [], watch }: AxwOptions = {}): Promise<Ended> {
    const [program, ...args] = [
      ...under,
      process.execPath,
      axwFile,
      ...words,
      "--db",
      this.database,
    ];
    const { AXW_DB: _, ...env } = process.env;
    const child = spawn(program, args, {
      cwd: this.folder,
      env: { ...env, NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const exited = new Promise<Pick<Ended, "exitCode" | "signal">>((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (exitCode, signal) => resolve({ exitCode, signal }));
    });
    let lineCount = 0;
    watch?.({
      kill: () => void child.kill("SIGKILL"),
      exited,
      onLine: (listener) =>
        void child.stdout.on("data", (chunk: Buffer) => {
          for (const byte of chunk) if (byte === 10) listener(++lineCount);
        }),
    });
    let isOverdue = false;
    const limit = setTimeout(() => {
      isOverdue = true;
      killWithChildren(child.pid);
    }, LIMIT_MS);
    const [how, stdout, stderr] = await Promise.all([
      exited,
      text(child.stdout),
      text(child.stderr),
    ]);
    clearTimeout(limit);
    if (isOverdue) throw new Error(`axw ${words[0]} did not end within ${LIMIT_MS} ms`);
    return { ...how, stdout, stderr };
  }

  /** `step#attempt` of every agent that started, in order. */
  calls(): string[] {
    const file = join(this.folder, "calls.txt");
    return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
  }

  /**
   * Reads the stored state from a copy, so that reading does not change the database. Throws a
   * `WorkflowError` if the database cannot be read.
   */
  readFound(): Found {
    const calls = this.calls();
    if (!existsSync(this.database)) return { runId: undefined, completed: [], calls };
    const copy = join(this.folder, "copy");
    rmSync(copy, { recursive: true, force: true });
    mkdirSync(copy);
    // The log's index (-shm) is not copied: a new process rebuilds it.
    for (const suffix of ["", "-wal"])
      if (existsSync(this.database + suffix))
        cpSync(this.database + suffix, join(copy, `crash.db${suffix}`));
    const storage = openSqliteStorage({ path: join(copy, "crash.db"), durability: "process" });
    try {
      const [run, ...more] = storage.listRuns({});
      if (run === undefined) return { runId: undefined, completed: [], calls };
      if (more.length > 0)
        throw new Error(`the database contains ${more.length + 1} runs; only one was started`);
      const completed = [...storage.readJournal(run.runId)].filter(
        ({ type }) => type === "step_completed",
      );
      return { runId: run.runId, completed: completed.map(({ stepId = "" }) => stepId), calls };
    } finally {
      storage.close();
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Calls `action` with a new site and removes the site afterwards. */
export async function withSite<T>(action: (site: CrashSite) => Promise<T>): Promise<T> {
  const site = new CrashSite();
  try {
    return await action(site);
  } finally {
    site.remove();
  }
}

// Killing strace does not kill the traced process, so strace's children are killed too.
function killWithChildren(pid: number | undefined): void {
  if (pid === undefined) return;
  const file = `/proc/${pid}/task/${pid}/children`;
  const children = existsSync(file)
    ? readFileSync(file, "utf8")
        .trim()
        .split(" ")
        .filter((each) => each !== "")
    : [];
  for (const each of [...children.map(Number), pid]) {
    try {
      process.kill(each, "SIGKILL");
    } catch {
      // The process has already ended.
    }
  }
}
