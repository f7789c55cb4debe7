import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import {
  type Clock,
  ERROR_KINDS,
  LEASE_GRACE_MS,
  openSqliteStorage,
  type StoragePort,
  type StoredRun,
  WorkflowEngine,
} from "@automatosx/workflow";
import type { Part } from "../part.ts";
import { countExecutions } from "./count-executions.ts";
import { EngineProcess } from "./EngineProcess.ts";
import { FENCED_RUNS, freezeWithPrograms, lockOut } from "./fence-owner.ts";
import { MAX_IN_FLIGHT, STEPS_PER_RUN } from "./workload.ts";

const RUNS = 40;
const STEPS = RUNS * STEPS_PER_RUN;
const STALE_RUNS = 1000;

/**
 * The maximum time in ms that a writer may wait, and that claiming a dead owner's runs may take.
 */
const LIMIT_MS = 1000;

interface Findings {
  readonly lines: string[];
  readonly failures: string[];
}

/**
 * R5: two processes share a database. They compete for runs, one is killed, one is frozen, and one
 * cannot renew its leases.
 */
export const twoEngines: Part = {
  name: "two-engines",
  async run({ full }) {
    const found: Findings = { lines: [], failures: [] };
    const scenarios = [
      (folder: string) => competeForRuns(folder, found),
      (folder: string) => killOne(folder, found),
      (folder: string) => freezeOne(folder, found, full),
      (folder: string) => lockOut(folder, found),
      (folder: string) => freezeWithPrograms(folder, found),
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
    return { triedCount: 2 * STEPS + STALE_RUNS + 2 * FENCED_RUNS, ...found };
  },
};

/** Both processes recover the runs of a dead third process at the same time. */
async function competeForRuns(folder: string, { lines, failures }: Findings): Promise<void> {
  await orphanRuns(folder);
  const engines = [
    new EngineProcess(folder, "compete", RUNS, 1),
    new EngineProcess(folder, "compete", RUNS, 1),
  ];
  try {
    await Promise.all(engines.map((engine) => engine.message("ready")));
    for (const engine of engines) engine.go();
    const done = await Promise.all(engines.map((engine) => engine.message("done")));
    const { executions, faults } = countExecutions(folder, STEPS);
    const longestMs = Math.max(...done.map((each) => each.longestMs));
    const claimed = done.map(({ claimedCount }) => claimedCount);
    lines.push(
      `competing: ${executions} executions of ${STEPS} steps; ${claimed.join(" and ")} runs ` +
        `claimed; longest writer wait ${longestMs.toFixed(0)} ms`,
    );
    failures.push(...faults, ...done.flatMap(({ codes }) => unexpectedErrors(codes)));
    if (executions !== STEPS)
      failures.push(`competing: ${executions} executions of ${STEPS} steps`);
    if (longestMs > LIMIT_MS)
      failures.push(`competing: a writer waited ${longestMs.toFixed(0)} ms; at most ${LIMIT_MS}`);
    const claimedCount = claimed.reduce((sum, count) => sum + count, 0);
    if (claimedCount !== RUNS)
      failures.push(
        `competing: ${claimedCount} claims of ${RUNS} runs; each run must be claimed exactly ` +
          "once",
      );
  } finally {
    await Promise.all(engines.map((engine) => engine.end()));
  }
}

/** One process is killed while it owns runs; the other polls for orphaned runs. */
async function killOne(folder: string, { lines, failures }: Findings): Promise<void> {
  await orphanRuns(folder);
  const [victim, heir] = [
    new EngineProcess(folder, "compete", RUNS, 20),
    new EngineProcess(folder, "compete", RUNS, 20),
  ];
  try {
    await Promise.all([victim.message("ready"), heir.message("ready")]);
    victim.go();
    await victim.message("claimed");
    while (callCount(folder) < STEPS / 4) await delay(5);
    await victim.end();
    const killedAt = Date.now();
    const orphanCount = countRunning(folder);
    heir.go();
    const { at } = await heir.message("claimed");
    const done = await heir.message("done");
    const { executions, faults } = countExecutions(folder, STEPS);
    const repeatedCount = executions - STEPS;
    lines.push(
      `one killed: the first of its ${orphanCount} orphaned runs claimed after ` +
        `${at - killedAt} ms, all finished; ` +
        `${repeatedCount} of ${executions} executions repeated a step that was in flight`,
    );
    failures.push(...faults, ...unexpectedErrors(done.codes));
    if (repeatedCount > orphanCount * MAX_IN_FLIGHT)
      failures.push(
        `one killed: ${repeatedCount} executions were repeated; ` +
          `at most ${orphanCount * MAX_IN_FLIGHT} steps were in flight`,
      );
    if (at - killedAt > LIMIT_MS)
      failures.push(`one killed: its runs were claimed after ${at - killedAt} ms`);
  } finally {
    await Promise.all([victim.end(), heir.end()]);
  }
}

/**
 * The process that owns a thousand runs is stopped until its leases have expired and another engine
 * has completed the runs. Then it continues and delivers a late result for each run.
 */
async function freezeOne(folder: string, found: Findings, full: boolean): Promise<void> {
  const { lines, failures } = found;
  const stale = new EngineProcess(folder, "hold", STALE_RUNS);
  const storage = openSqliteStorage({ path: join(folder, "shared.db") });
  try {
    await stale.message("started");
    stale.signal("SIGSTOP");
    const runs = storage.listRuns({});
    const offset = { ms: 0 };
    await using engine = await WorkflowEngine.open({
      storage,
      agents: { worker: () => "from the new owner" },
      ports: { clock: clockAhead(offset) },
    });
    const claimedMs = await takeOver(engine, runs, full ? undefined : offset, failures);
    writeFileSync(join(folder, "go"), "");
    stale.signal("SIGCONT");
    const { codes } = await stale.message("done");
    const refusedCount = codes["lease_lost"] ?? 0;
    lines.push(
      "one frozen: a claim before its leases expired was refused; claimed " +
        `${claimedMs.toFixed(0)} ms after they expired${full ? "" : ", with a clock set ahead"}; ` +
        `${refusedCount} of ${STALE_RUNS} late results refused`,
    );
    if (refusedCount !== STALE_RUNS)
      failures.push(
        `one frozen: ${refusedCount} of ${STALE_RUNS} late results were refused: ` +
          JSON.stringify(codes),
      );
    if (claimedMs > LIMIT_MS + (full ? LEASE_GRACE_MS : 0))
      failures.push(`one frozen: claimed only ${claimedMs.toFixed(0)} ms after its leases expired`);
    const results = [...new Set(runs.map(({ runId }) => resultsOf(storage, runId)))];
    if (results.join() !== '["from the new owner"]')
      failures.push(`one frozen: the journals contain ${results.join(" and ")}`);
  } finally {
    stale.signal("SIGCONT");
    await stale.end();
    storage.close();
  }
}

/**
 * Resumes every run of a frozen owner to its end. Resolves to the time in ms between the expiry of
 * the leases and the first claim. With `offset`, setting the clock ahead replaces the wait.
 */
async function takeOver(
  engine: WorkflowEngine,
  runs: readonly StoredRun[],
  offset: ClockOffset | undefined,
  failures: string[],
): Promise<number> {
  const leaseUntil = Math.max(...runs.map((run) => run.leaseUntil ?? 0));
  const early = await engine.resume(runs[0]?.runId ?? "").then(
    () => "claimed",
    (error: { code?: string }) => error.code,
  );
  if (early !== "run_owned_elsewhere")
    failures.push(`one frozen: before its leases expired, a claim ended with ${early}`);
  if (offset === undefined) await delay(Math.max(0, leaseUntil - Date.now()) + 100);
  else offset.ms = leaseUntil - Date.now() + 100;
  const endings: string[] = [];
  let claimedMs = Number.POSITIVE_INFINITY;
  for (const { runId } of runs) {
    const run = await engine.resume(runId);
    claimedMs = Math.min(claimedMs, Date.now() + (offset?.ms ?? 0) - leaseUntil);
    endings.push((await run.ending).status);
  }
  if (endings.some((status) => status !== "completed"))
    failures.push("one frozen: the new owner did not complete every run");
  return claimedMs;
}

/** Starts forty runs in a process that is killed before any of their steps is executed. */
async function orphanRuns(folder: string): Promise<void> {
  const owner = new EngineProcess(folder, "start", RUNS);
  await owner.message("started");
  await owner.end();
}

/** Excludes errors caused by losing a race, in which the other engine owns or has ended the run. */
function unexpectedErrors(codes: Readonly<Record<string, number>>): string[] {
  const lostRace = Object.entries(ERROR_KINDS)
    .filter(([code, { concerns }]) => concerns === "elsewhere" || code === "run_not_resumable")
    .map(([code]) => code);
  return Object.entries(codes)
    .filter(([code]) => !lostRace.includes(code))
    .map(([code, count]) => `${code} occurred ${count} times`);
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

function resultsOf(storage: StoragePort, runId: string): string {
  const results = [...storage.readJournal(runId)].filter(({ type }) => type === "step_completed");
  return JSON.stringify(
    results.map(({ payload }) => (JSON.parse(payload) as { result?: unknown }).result),
  );
}

/** The time in ms by which a clock is set ahead. Its timers then fire a thousand times sooner. */
interface ClockOffset {
  ms: number;
}

function clockAhead(offset: ClockOffset): Clock {
  return {
    now: () => Date.now() + offset.ms,
    setTimer: (delayMs, action) => {
      const timer = setTimeout(action, offset.ms > 0 ? delayMs / 1000 : delayMs);
      return () => clearTimeout(timer);
    },
    afterTurn: (action) => void setImmediate(action),
  };
}
