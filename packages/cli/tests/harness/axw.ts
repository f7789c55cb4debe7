import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { main } from "../../src/main.js";
import { FakeIo } from "./FakeIo.js";

/** The program as published. Run `pnpm build` first. */
export const BIN = fileURLToPath(new URL("../../dist/bin.js", import.meta.url));

// Output in this process must not depend on the tests' environment.
delete process.env["FORCE_COLOR"];

/** An environment without variables that change the output. */
const CLEAN_ENV = { PATH: process.env["PATH"] ?? "", HOME: tmpdir(), TERM: "xterm" };

/** A temporary folder that contains these files, for one test. */
export class Folder {
  readonly path = mkdtempSync(join(tmpdir(), "axw-"));

  constructor(files: Readonly<Record<string, string>> = {}) {
    onTestFinished(() => rmSync(this.path, { recursive: true, force: true, maxRetries: 5 }));
    for (const [name, text] of Object.entries(files)) this.write(name, text);
  }

  write(name: string, text = ""): void {
    mkdirSync(dirname(join(this.path, name)), { recursive: true });
    writeFileSync(join(this.path, name), text);
  }

  makeExecutable(name: string): void {
    chmodSync(join(this.path, name), 0o755);
  }

  has(name: string): boolean {
    return existsSync(join(this.path, name));
  }

  /**
   * The tasks that agents received, in order. The agents of `workflow()` append each task to
   * `launches`.
   */
  launches(): string[] {
    const path = join(this.path, "launches");
    return existsSync(path) ? readFileSync(path, "utf8").trim().split("\n") : [];
  }

  /** Settles once agents have received N tasks. A step starts slightly before its agent runs. */
  async untilLaunched(count: number): Promise<void> {
    while (this.launches().length < count) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  /** Starts `axw` in this folder. */
  start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
    return new Running(
      spawn(process.execPath, [BIN, ...args], { cwd: this.path, env: { ...CLEAN_ENV, ...env } }),
    );
  }

  /** Runs `axw` in this folder until it exits. */
  axw(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
    return this.start(args, env).ended;
  }

  /** Runs `axw` in a folder below this one that is deleted before `axw` starts. */
  axwInDeleted(deleted: string, args: readonly string[]): Promise<Ended> {
    const script = 'mkdir "$0" && cd "$0" && rmdir "../$0" && exec "$@"';
    const words = ["-c", script, deleted, process.execPath, BIN, ...args];
    return new Running(spawn("sh", words, { cwd: this.path, env: CLEAN_ENV })).ended;
  }

  /** Like `axw`, but in this process, so that coverage includes it. */
  here(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
    return this.hereIn(".", args, env);
  }

  /** Like `here`, in a folder below this one, which is made if it does not exist. */
  hereIn(
    below: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<Ended> {
    const cwd = join(this.path, below);
    mkdirSync(cwd, { recursive: true });
    return this.#main(args, { cwd, env });
  }

  /** Like `here`, with this text as standard input. */
  hereWithInput(args: readonly string[], input: string): Promise<Ended> {
    return this.#main(args, { cwd: this.path, input });
  }

  async #main(
    args: readonly string[],
    { env, ...surroundings }: ConstructorParameters<typeof FakeIo>[0],
  ): Promise<Ended> {
    const io = new FakeIo({ ...surroundings, env: { HOME: tmpdir(), ...env } });
    const code = await main(args, io);
    return { code, stdout: io.out.text, stderr: io.err.text };
  }

  /** Runs a shell command that calls `axw`, in this folder on a pseudo-terminal. */
  inTerminal(command: string): Running {
    const typed = command.replace("axw", `'${process.execPath}' '${BIN}'`);
    return new Running(
      spawn("script", ["-qec", typed, "/dev/null"], {
        cwd: this.path,
        env: { ...CLEAN_ENV, SHELL: "/bin/sh" },
      }),
    );
  }

  /** Runs `axw` in this folder on a pseudo-terminal of this size. */
  onTerminal(
    args: readonly string[],
    { columns, rows }: { readonly columns: number; readonly rows: number },
  ): Running {
    return this.inTerminal(`stty cols ${columns} rows ${rows}; exec axw ${args.join(" ")}`);
  }
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running process. */
export class Running {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Ended>;
  #stdout = "";
  #stderr = "";
  readonly #waiters: (() => void)[] = [];

  constructor(child: ChildProcessWithoutNullStreams) {
    this.child = child;
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.#stdout += text;
      this.#wake();
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text;
      this.#wake();
    });
    child.stdin.on("error", () => undefined);
    this.ended = new Promise((resolve) => {
      child.on("close", (code) => {
        resolve({ code, stdout: this.#stdout, stderr: this.#stderr });
        this.#wake();
      });
    });
    onTestFinished(() => void child.kill("SIGKILL"));
  }

  /** Settles once stdout or stderr matches; rejects if the process exits first. */
  async until(pattern: RegExp): Promise<void> {
    for (;;) {
      if (pattern.test(this.#stdout) || pattern.test(this.#stderr)) return;
      if (this.child.exitCode !== null)
        throw new Error(
          `Ended with ${this.child.exitCode} before ${pattern}:\n${this.#stdout}\n${this.#stderr}`,
        );
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  #wake(): void {
    for (const wake of this.#waiters.splice(0)) wake();
  }
}

const RECORD = `read -r task; echo "$task" >> launches`;

/**
 * The text of a workflow with agents: `sh` finishes immediately, `slow` waits for the file `go` (or
 * the removal of its folder), `bad` fails, and `noisy` writes terminal control sequences. `sh`,
 * `slow` and `bad` record each launch.
 */
export function workflow(steps: string, more = ""): string {
  return `name: sample
version: "1.0.0"
${more}
agents:
  sh: {command: [sh, -c, '${RECORD}; echo "did $task"']}
  slow: {command: [sh, -c, '${RECORD}; while [ ! -e go ] && [ -e launches ]; do sleep 0.02; done; echo "did $task"']}
  bad: {command: [sh, -c, '${RECORD}; echo "no such luck" >&2; exit 3']}
  noisy: {command: [sh, -c, 'printf "\\033[2Jcleared\\033]0;title\\007 \\342\\200\\256turned"']}
steps:
${steps}`;
}

export const CHAIN = workflow(`  - {id: one, agentId: sh, task: one}
  - {id: two, agentId: slow, task: two, dependencies: [one]}
  - {id: three, agentId: sh, task: three, dependencies: [two]}
`);

/** Waits until another Ctrl-C counts as a new press. */
export async function betweenPresses(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 80));
}

/** Parses the values in NDJSON. */
export function ndjson(text: string): Record<string, unknown>[] {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** The short run id in the output of `axw run`. */
export function runIdIn(text: string): string {
  return /run ([0-9a-f]{6}) of/.exec(text)?.[1] ?? "no run id";
}
