import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { isQuarantined, openSqliteStorage, WorkflowEngine } from "../../src/index.js";
import { workflow } from "../support/workflows.js";

const folder = mkdtempSync(join(tmpdir(), "axw-work-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const CHILD = new URL("../support/work-child.ts", import.meta.url).pathname;

/** Polls until the condition holds. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** A worker in a process of its own, and what it has said. */
class Worker {
  readonly lines: string[] = [];
  readonly #process: ChildProcess;

  constructor(...argv: string[]) {
    this.#process = spawn(process.execPath, [CHILD, ...argv], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const { stdout } = this.#process;
    if (stdout !== null)
      createInterface({ input: stdout }).on("line", (line) => this.lines.push(line));
    workers.push(this);
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  get hasEnded(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  count(what: string): number {
    return this.lines.filter((line) => line.startsWith(what)).length;
  }

  async kill(): Promise<void> {
    if (this.hasEnded) return;
    this.#process.kill("SIGKILL");
    await once(this.#process, "exit");
  }

  async drain(): Promise<void> {
    this.#process.stdin?.write("drain\n");
    await once(this.#process, "exit");
  }
}

const workers: Worker[] = [];
afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.kill();
});

const launchesIn = (file: string): readonly string[] =>
  existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];

/** The attempts that began, without the process. */
const attemptsIn = (file: string): readonly string[] =>
  launchesIn(file).map((line) => line.split(" ")[0] ?? "");

const chain = workflow({ a: [], b: ["a"], c: ["b"] });

describe("two workers on one database", () => {
  test("share 20 runs, and each step is performed once", async () => {
    const [database, file] = [join(folder, "two.db"), join(folder, "two.txt")];
    const pair = [1, 2].map(() => new Worker(database, file, "4", "50"));
    await until(() => pair.every(({ lines }) => lines.includes("ready")));
    await using client = await WorkflowEngine.open({ database, executes: false });
    for (let n = 0; n < 20; n += 1) await client.enqueue(chain, { runId: `r${n}` });
    await until(() => client.getStats().completed === 20);
    const attempts = attemptsIn(file);
    expect([attempts.length, new Set(attempts).size]).toEqual([60, 60]);
    for (const worker of pair) expect(worker.count("claimed")).toBeGreaterThanOrEqual(6);
    for (const worker of pair) await worker.drain();
    expect(pair.map(({ lines }) => lines.at(-1))).toEqual(["drained 0", "drained 0"]);
  });

  test("continue each other's runs at once when one of them is killed", async () => {
    const [database, file] = [join(folder, "kill.db"), join(folder, "kill.txt")];
    const [doomed, other] = [1, 2].map(() => new Worker(database, file, "5", "200"));
    if (doomed === undefined || other === undefined) throw new Error("no workers");
    await until(() => doomed.lines.includes("ready") && other.lines.includes("ready"));
    await using client = await WorkflowEngine.open({ database, executes: false });
    for (let n = 0; n < 20; n += 1) await client.enqueue(chain, { runId: `r${n}` });
    await until(() => doomed.count("claimed") >= 3 && other.count("claimed") >= 3);
    const killedAt = Date.now();
    await doomed.kill();
    const orphans = client.storage.listRuns({ status: "running" }).flatMap(({ owner, runId }) => {
      return owner?.pid === doomed.pid ? [runId] : [];
    });
    expect(orphans.length).toBeGreaterThanOrEqual(3);
    await until(() => client.getStats().completed === 20);
    // A lease would last 30 seconds.
    expect(Date.now() - killedAt).toBeLessThan(15_000);
    const attempts = attemptsIn(file);
    const completed = client.storage
      .listRuns()
      .flatMap(({ runId }) => [...client.storage.readJournal(runId)])
      .filter(({ type }) => type === "step_completed");
    expect([new Set(attempts).size, completed.length]).toEqual([attempts.length, 60]);
    // Only what was in flight in the killed process is tried again.
    expect(attempts.length).toBeLessThanOrEqual(60 + orphans.length);
    await other.drain();
  });
});

describe("a run that kills every worker", () => {
  test("is quarantined after three recoveries, while the others go on", async () => {
    const [database, file] = [join(folder, "poison.db"), join(folder, "poison.txt")];
    await using client = await WorkflowEngine.open({ database, executes: false });
    await client.enqueue(workflow({ first: [], poison: ["first"] }), { runId: "deadly" });
    for (let kills = 0; kills < 4; kills += 1) {
      const worker = new Worker(database, file, "2");
      await until(() => worker.hasEnded);
    }
    const worker = new Worker(database, file, "2");
    await client.enqueue(chain, { runId: "sound" });
    await until(() => client.getStats().completed === 1);
    await until(() => worker.lines.includes("run_quarantined deadly"));
    await worker.drain();
    const attempts = attemptsIn(file).filter((attempt) => attempt.startsWith("deadly/"));
    expect(attempts).toEqual([
      "deadly/first/1",
      ...[1, 2, 3, 4].map((attempt) => `deadly/poison/${attempt}`),
    ]);
    const storage = openSqliteStorage({ path: database });
    expect(storage.listRuns().filter(isQuarantined)).toMatchObject([{ runId: "deadly" }]);
    storage.close();
  });
});
