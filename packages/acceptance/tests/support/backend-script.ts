import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Finished, type Running, startAxwWith } from "./axw.ts";
import { until } from "./until.ts";

const AGENTS = `agents:
  sh: {command: [sh, -c, 'read -r task; echo "working on $task"; echo "did $task"']}
  bad: {command: [sh, -c, 'read -r task; echo "no such luck" >&2; exit 3']}
  slow: {command: [sh, -c, 'read -r task; while [ ! -e go ]; do sleep 0.02; done; echo "did $task"']}
`;

const FLOWS = {
  "gated.yaml": `name: gated
version: "1.0.0"
steps:
  - {id: one, agentId: sh, task: one}
  - {id: ask, gate: {ask: "Continue with one?"}, dependencies: [one]}
  - {id: two, agentId: sh, task: "two after \${{ steps.one.output }}", dependencies: [ask]}
`,
  "slow.yaml": `name: slow
version: "1.0.0"
steps:
  - {id: one, agentId: sh, task: one}
  - {id: two, agentId: slow, task: two, dependencies: [one]}
  - {id: three, agentId: sh, task: three, dependencies: [two]}
`,
  "bad.yaml": `name: bad
version: "1.0.0"
steps:
  - {id: one, agentId: sh, task: one}
  - {id: two, agentId: bad, task: two, dependencies: [one]}
`,
} as const;

/** A folder with workflows, whose commands use one backend. */
export class BackendFolder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), "axw-backend-"));
  readonly #backend: string;
  readonly #started: Running[] = [];

  constructor(backend: string) {
    this.#backend = backend;
    for (const [name, text] of Object.entries({ ...FLOWS, "agents.yaml": AGENTS }))
      writeFileSync(join(this.path, name), text);
  }

  /** Starts `axw` on the backend. */
  start(...args: readonly string[]): Running {
    const running = startAxwWith({ AXW_BACKEND: this.#backend }, this.path, ...args);
    this.#started.push(running);
    return running;
  }

  /** Runs `axw` on the backend until it exits. */
  axw(...args: readonly string[]): Promise<Finished> {
    return this.start(...args).finished;
  }

  /** Starts a worker, and settles when it takes work. */
  async work(...flags: readonly string[]): Promise<Running> {
    const worker = this.start("worker", ...flags);
    await this.#untilPrinted(worker, /worker \d+ on/);
    return worker;
  }

  /** Starts a run that waits in the agent `slow`, and settles when it does. */
  async runSlow(runId: string): Promise<Running> {
    const run = this.start("run", "slow.yaml", "--run-id", runId);
    await this.#untilPrinted(run, /^started +two/m);
    return run;
  }

  /** Lets the agent `slow` finish. */
  go(): void {
    writeFileSync(join(this.path, "go"), "");
  }

  /** Makes the agent `slow` wait. */
  hold(): void {
    rmSync(join(this.path, "go"), { force: true });
  }

  [Symbol.dispose](): void {
    for (const { child } of this.#started) child.kill("SIGKILL");
    rmSync(this.path, { recursive: true, force: true, maxRetries: 5 });
  }

  #untilPrinted(running: Running, pattern: RegExp): Promise<true> {
    let printed = "";
    running.child.stdout?.on("data", (chunk: Buffer) => {
      printed += String(chunk);
    });
    return until(String(pattern), () => {
      if (running.ended !== undefined) throw new Error(JSON.stringify(running.ended));
      return pattern.test(printed) ? true : undefined;
    });
  }
}

/** A command of the script, and what it printed. */
export interface Typed {
  readonly command: string;
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly next: string;
}

/** Types the same commands on any backend. */
export async function typeScript(folder: BackendFolder): Promise<readonly Typed[]> {
  const typed: Typed[] = [];
  const note = (command: string, { exitCode, stdout, stderr }: Finished): void => {
    const next = stderr.split("\n").filter((line) => line.startsWith("next"));
    typed.push({
      ...{ command, exitCode },
      stdout: withoutPlaces(stdout),
      next: withoutPlaces(next.join("\n")),
    });
  };
  const type = async (...args: readonly string[]): Promise<void> =>
    note(args.join(" "), await folder.axw(...args));
  const typeEach = async (runId: string, verbs: readonly string[]): Promise<void> => {
    for (const verb of verbs) await type(...verb.split(" "), runId);
  };

  await type("run", "gated.yaml", "--run-id", "gated");
  await typeEach("gated", ["show", "gates", "why", "events", "logs"]);
  await type("gates");
  await type("approve", "gated", "ask", "--by", "tester", "--note", "fine");
  await typeEach("gated", ["show", "result", "why", "events", "events --all", "logs"]);

  const paused = await folder.runSlow("paused");
  await type("pause", "paused");
  folder.go();
  note("run slow.yaml, which is paused", await paused.finished);
  await typeEach("paused", ["show", "why"]);
  await type("checkpoint", "paused", "--name", "here");
  await typeEach("paused", ["checkpoint list"]);
  await type("resume", "paused");
  await typeEach("paused", ["show", "events"]);

  folder.hold();
  const cancelled = await folder.runSlow("cancelled");
  await type("cancel", "cancelled", "--reason", "not now");
  note("run slow.yaml, which is cancelled", await cancelled.finished);
  await typeEach("cancelled", ["show", "why"]);

  await type("run", "bad.yaml", "--run-id", "failed");
  await typeEach("failed", ["show", "why", "logs", "resume", "events"]);
  await type("list");
  await type("show", "nothing");
  return typed;
}

/** Output without what differs between two runs: times, ids and where the runs are. */
function withoutPlaces(text: string): string {
  return text
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, "TIME")
    .replace(/ \(worked \S+, waited \S+\)/g, "")
    .replace(/\b(\d+h)?(\d+m)?\d+(\.\d+)?m?s\b/g, "DURATION")
    .replace(/\S*(postgres|restate):\/\/\S+|\.ax\/workflow\.db/g, "PLACE")
    .replace(/\b[0-9a-f]{6}\b/g, "CHECKPOINT")
    .split("\n")
    .filter((line) => !/^(folder|file|agents|backend) {2}/.test(line))
    .map((line) => line.replace(/ {2,}/g, "  ").trimEnd())
    .join("\n");
}
