import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Clock, openSqliteStorage, WorkflowEngine } from "@automatosx/workflow";
import type { Part } from "../part.ts";
import { countExecutions } from "./count-executions.ts";
import { EngineProcess } from "./EngineProcess.ts";
import { MOST_IN_FLIGHT, STEPS_OF_A_RUN } from "./workload.ts";

const RUNS = 40;
const STEPS = RUNS * STEPS_OF_A_RUN;
const STALE_RUNS = 1000;

/** The longest that a writer may wait, and that a dead owner may stay unnoticed by one who looks, in ms. */
const LIMIT_MS = 1000;

/** Errors that one of two competitors meets in the ordinary way: the other was quicker. */
const EXPECTED = ["run_owned_elsewhere", "run_not_resumable"];

interface Findings {
  readonly lines: string[];
  readonly failures: string[];
}

/** R5: two processes with one database compete for runs, one dies, one is frozen and comes back. */
export const twoEngines: Part = {
  name: "two-engines",
  async run({ full }) {
    const found: Findings = { lines: [], failures: [] };
    const scenarios = [
      (folder: string) => compete(folder, found),
      (folder: string) => oneDies(folder, found),
      (folder: string) => oneIsFrozen(folder, found, full),
    ];
    for (const scenario of scenarios) {
      const folder = mkdtempSync(join(tmpdir(), "axw-two-"));
      try {
        await scenario(folder);
      } catch (error) {
        found.failures.push(error instanceof Error ? error.message : String(error));
      } finally {
        rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
      }
    }
    return { triedCount: 2 * STEPS + STALE_RUNS, ...found };
  },
};

/** Both take up the runs of a third that died, at the same time. */
async function compete(folder: string, { lines, failures }: Findings): Promise<void> {
  await leaveRuns(folder);
  const engines = [
    new EngineProcess(folder, "compete", RUNS, 1),
    new EngineProcess(folder, "compete", RUNS, 1),
  ];
  try {
    await Promise.all(engines.map((engine) => engine.told("ready")));
    for (const engine of engines) engine.go();
    const done = await Promise.all(engines.map((engine) => engine.told("done")));
    const { executions, faults } = countExecutions(folder, STEPS);
    const longestMs = Math.max(...done.map((each) => each.longestMs));
    lines.push(
      `competing: ${executions} executions of ${STEPS} steps, runs ${done.map(({ takenUp }) => takenUp).join(" and ")}; longest wait of a writer ${longestMs.toFixed(0)} ms`,
    );
    failures.push(...faults, ...done.flatMap(({ codes }) => unexpected(codes)));
    if (executions !== STEPS)
      failures.push(`competing: ${executions} executions of ${STEPS} steps`);
    if (longestMs > LIMIT_MS)
      failures.push(`competing: a writer waited ${longestMs.toFixed(0)} ms`);
    if (done.reduce((sum, { takenUp }) => sum + takenUp, 0) !== RUNS)
      failures.push("competing: a run was taken up twice, or not at all");
  } finally {
    await Promise.all(engines.map((engine) => engine.end()));
  }
}

/** One of the two is killed with runs in hand; the other looks for such runs all the time. */
async function oneDies(folder: string, { lines, failures }: Findings): Promise<void> {
  await leaveRuns(folder);
  const [victim, heir] = [
    new EngineProcess(folder, "compete", RUNS, 20),
    new EngineProcess(folder, "compete", RUNS, 20),
  ];
  try {
    await Promise.all([victim.told("ready"), heir.told("ready")]);
    victim.go();
    await victim.told("taken-up");
    while (callCount(folder) < STEPS / 4) await delay(5);
    await victim.end();
    const killedAt = Date.now();
    const leftCount = countRunning(folder);
    heir.go();
    const { at } = await heir.told("taken-up");
    const done = await heir.told("done");
    const { executions, faults } = countExecutions(folder, STEPS);
    lines.push(
      `one killed: the first of the ${leftCount} runs that it left in other hands ${at - killedAt} ms later, all of them finished; ${executions} executions, ${executions - STEPS} of them of steps that were in flight`,
    );
    failures.push(...faults, ...unexpected(done.codes));
    if (executions - STEPS > leftCount * MOST_IN_FLIGHT)
      failures.push(`one killed: ${executions} executions, which is more than were in flight`);
    if (at - killedAt > LIMIT_MS)
      failures.push(`one killed: its runs were taken up after ${at - killedAt} ms`);
  } finally {
    await Promise.all([victim.end(), heir.end()]);
  }
}

/** The owner of a thousand runs is stopped until its lease is over, loses them, and comes back with results for all. */
async function oneIsFrozen(
  folder: string,
  { lines, failures }: Findings,
  isPatient: boolean,
): Promise<void> {
  const stale = new EngineProcess(folder, "hold", STALE_RUNS);
  const storage = openSqliteStorage({ path: join(folder, "shared.db") });
  try {
    await stale.told("begun");
    stale.signal("SIGSTOP");
    const runs = storage.listRuns({});
    const leaseUntil = Math.max(...runs.map((run) => run.leaseUntil ?? 0));
    // The short form does not wait: the other engine's clock goes ahead.
    let aheadMs = 0;
    await using engine = await WorkflowEngine.open({
      storage,
      agents: { worker: () => "from the new owner" },
      ports: { clock: clockAhead(() => aheadMs) },
    });
    const first = runs[0]?.runId ?? "";
    const early = await engine.resume(first).then(
      () => "taken",
      (error: { code?: string }) => error.code,
    );
    if (early !== "run_owned_elsewhere")
      failures.push(`one frozen: its run was ${early} before its lease was over`);
    if (isPatient) await delay(Math.max(0, leaseUntil - Date.now()) + 100);
    else aheadMs = leaseUntil - Date.now() + 100;
    const endings: string[] = [];
    let lateMs = Number.POSITIVE_INFINITY;
    for (const { runId } of runs) {
      const run = await engine.resume(runId);
      lateMs = Math.min(lateMs, Date.now() + aheadMs - leaseUntil);
      endings.push((await run.ending).status);
    }
    writeFileSync(join(folder, "go"), "");
    stale.signal("SIGCONT");
    const { codes } = await stale.told("done");
    const refused = codes["lease_lost"] ?? 0;
    const results = new Set(runs.map(({ runId }) => resultsOf(storage, runId)));
    lines.push(
      `one frozen: refused before its lease was over, taken over ${lateMs.toFixed(0)} ms after${isPatient ? "" : ", by a clock ahead"}; ${refused} of ${STALE_RUNS} late results refused`,
    );
    if (refused !== STALE_RUNS)
      failures.push(
        `one frozen: ${refused} of ${STALE_RUNS} writes of the stale owner were refused: ${JSON.stringify(codes)}`,
      );
    if (lateMs > LIMIT_MS)
      failures.push(`one frozen: taken over only ${lateMs.toFixed(0)} ms after its lease`);
    if (endings.some((status) => status !== "completed"))
      failures.push("one frozen: the new owner did not complete every run");
    if ([...results].join() !== '["from the new owner"]')
      failures.push(`one frozen: the journals have ${[...results].join(" and ")}`);
  } finally {
    stale.signal("SIGCONT");
    await stale.end();
    storage.close();
  }
}

/** Forty runs whose owner is dead and has not executed anything that counts. */
async function leaveRuns(folder: string): Promise<void> {
  const owner = new EngineProcess(folder, "begin", RUNS);
  await owner.told("begun");
  await owner.end();
}

function unexpected(codes: Readonly<Record<string, number>>): string[] {
  return Object.entries(codes)
    .filter(([code]) => !EXPECTED.includes(code))
    .map(([code, count]) => `${code} reached a user ${count} times`);
}

function countRunning(folder: string): number {
  const storage = openSqliteStorage({ path: join(folder, "shared.db"), readOnly: true });
  try {
    return storage.listRuns({ status: "running" }).length;
  } finally {
    storage.close();
  }
}

function callCount(folder: string): number {
  const file = join(folder, "calls.txt");
  return existsSync(file) ? readFileSync(file, "utf8").split("\n").length - 1 : 0;
}

function resultsOf(storage: ReturnType<typeof openSqliteStorage>, runId: string): string {
  const results = [...storage.readJournal(runId)].filter(({ type }) => type === "step_completed");
  return JSON.stringify(
    results.map(({ payload }) => (JSON.parse(payload) as { result?: unknown }).result),
  );
}

/** The wall clock, and so much more. */
function clockAhead(aheadMs: () => number): Clock {
  return {
    now: () => Date.now() + aheadMs(),
    setTimer: (delayMs, action) => {
      const timer = setTimeout(action, delayMs);
      return () => clearTimeout(timer);
    },
    afterTurn: (action) => void setImmediate(action),
  };
}
