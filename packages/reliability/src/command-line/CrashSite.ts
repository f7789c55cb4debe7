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
import { openSqliteStorage, WorkflowError } from "@automatosx/workflow";
import type { Ended } from "./output.ts";
import { AGENT, WORKFLOW } from "./small-workflow.ts";

/** The built command line, as users get it. */
const axwFile = join(
  dirname(fileURLToPath(import.meta.resolve("@automatosx/cli/package.json"))),
  "dist",
  "bin.js",
);

/** What a new process would find: read from a copy, so that to look changes nothing. */
export interface Found {
  /** Undefined where no run was recorded. */
  readonly runId: string | undefined;
  /** The ids of the steps whose completion is in the journal, once for each row. */
  readonly completed: readonly string[];
  /** `step#attempt`, once for each time an agent began. */
  readonly calls: readonly string[];
}

/** What an `axw` is started with, besides its arguments. */
export interface Circumstances {
  /** The command that starts it: `strace` and its arguments. */
  readonly under?: readonly string[];
  /** Looks on while it runs, and may end it. */
  readonly watch?: (watched: Watched) => void;
}

/** An `axw` that is running. */
interface Watched {
  readonly kill: () => void;
  /** Has `listener` called with the number, from 1, of each line that it prints. */
  readonly onLine: (listener: (lineNumber: number) => void) => void;
}

/** No command takes a tenth of it; one that does not come to an end is a failure, and not to be waited for. In ms. */
const LIMIT_MS = 60_000;

/** A folder of its own with the small workflow, its agent and a database, in which the built command line is run. */
export class CrashSite {
  readonly folder: string;
  readonly database: string;

  constructor(inside: string = tmpdir()) {
    this.folder = realpathSync(mkdtempSync(join(inside, "axw-crash-")));
    this.database = join(this.folder, "kept", "crash.db");
    writeFileSync(join(this.folder, "workflow.json"), JSON.stringify(WORKFLOW));
    writeFileSync(join(this.folder, "agent.sh"), AGENT);
  }

  /** The folder of the database, which `axw` makes. */
  get kept(): string {
    return dirname(this.database);
  }

  /** Every path that the database writes to. */
  get durablePaths(): readonly string[] {
    return [this.kept, this.database, `${this.database}-wal`, `${this.database}-shm`];
  }

  run(circumstances?: Circumstances): Promise<Ended> {
    return this.axw(["run", "workflow.json", "--json"], circumstances);
  }

  resume(runId: string, circumstances?: Circumstances): Promise<Ended> {
    return this.axw(["resume", runId, "--json"], circumstances);
  }

  async axw(words: readonly string[], { under = [], watch }: Circumstances = {}): Promise<Ended> {
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
      onLine: (listener) =>
        void child.stdout.on("data", (chunk: Buffer) => {
          for (const byte of chunk) if (byte === 10) listener(++lineCount);
        }),
    });
    let isOverdue = false;
    const limit = setTimeout(() => {
      isOverdue = true;
      endFamily(child.pid);
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

  /** `step#attempt` of every agent that began, in order. */
  calls(): string[] {
    const file = join(this.folder, "calls.txt");
    return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
  }

  /** What is stored, by a copy of the files as they lie there. `journal_damaged` and the like are thrown. */
  look(): Found {
    const calls = this.calls();
    if (!existsSync(this.database)) return { runId: undefined, completed: [], calls };
    const copy = join(this.folder, "looked-at");
    rmSync(copy, { recursive: true, force: true });
    mkdirSync(copy);
    // Without the shared index of the log: a new process makes its own.
    for (const end of ["", "-wal"])
      if (existsSync(this.database + end))
        cpSync(this.database + end, join(copy, `crash.db${end}`));
    const storage = openSqliteStorage({ path: join(copy, "crash.db"), durability: "process" });
    try {
      const [run, ...more] = storage.listRuns({});
      if (run === undefined) return { runId: undefined, completed: [], calls };
      if (more.length > 0)
        throw new WorkflowError(
          "internal",
          `there are ${more.length + 1} runs where one was begun`,
        );
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

// A traced process goes on without its tracer: its own are ended too, which are few.
function endFamily(pid: number | undefined): void {
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
      // It has ended meanwhile.
    }
  }
}
