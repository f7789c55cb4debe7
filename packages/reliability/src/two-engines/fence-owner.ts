import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { openSqliteStorage, type StoragePort, WorkflowEngine } from "@automatosx/workflow";
import Database from "better-sqlite3";
import { EngineProcess } from "./EngineProcess.ts";
import { SHORT_LEASE_MS } from "./workload.ts";

/** Programs that ignore TERM, each in a run of its own. */
export const FENCED_RUNS = 20;

interface Findings {
  readonly lines: string[];
  readonly failures: string[];
}

/** An owner whose programs all work. */
interface Owner {
  readonly engine: EngineProcess;
  readonly storage: StoragePort;
  readonly programs: readonly Program[];
}

interface Program {
  readonly runId: string;
  readonly pid: number;
}

/**
 * The database is locked for longer than a lease, so that the owner cannot renew it. No program may
 * be alive when the lease of its run ends.
 */
export async function lockOut(folder: string, { lines, failures }: Findings): Promise<void> {
  const { engine, storage, programs } = await startOwner(folder);
  try {
    const lock = new Database(join(folder, "shared.db"));
    lock.exec("BEGIN IMMEDIATE");
    const leftMs = await Promise.all(
      programs.map(async ({ runId, pid }) => {
        const leaseUntil = storage.getRun(runId)?.leaseUntil ?? 0;
        while (isAlive(pid) && Date.now() < leaseUntil) await delay(5);
        return isAlive(pid) ? -1 : leaseUntil - Date.now();
      }),
    );
    const aliveCount = leftMs.filter((ms) => ms < 0).length;
    await delay(SHORT_LEASE_MS);
    lock.exec("ROLLBACK");
    lock.close();
    const { codes } = await engine.message("done");
    const lostCount = codes["lease_lost"] ?? 0;
    lines.push(
      `one locked out: ${aliveCount} of ${FENCED_RUNS} programs that ignore TERM alive after ` +
        `\`leaseUntil\`; the last one ended ${Math.min(...leftMs).toFixed(0)} ms before it`,
    );
    if (aliveCount > 0) failures.push(`one locked out: ${aliveCount} programs outlived the lease`);
    if (lostCount !== FENCED_RUNS)
      failures.push(`one locked out: its runs ended with ${JSON.stringify(codes)}`);
  } finally {
    await end(engine, storage, programs);
  }
}

/**
 * The owner is stopped until another engine has claimed and completed its runs, and then continues.
 * No program of the owner may be alive beside the attempt of the new owner, and the owner may write
 * nothing.
 */
export async function freezeWithPrograms(
  folder: string,
  { lines, failures }: Findings,
): Promise<void> {
  const { engine, storage, programs } = await startOwner(folder);
  try {
    engine.signal("SIGSTOP");
    const leaseUntil = Math.max(...storage.listRuns({}).map((run) => run.leaseUntil ?? 0));
    await delay(Math.max(0, leaseUntil - Date.now()) + 100);
    const heir = await WorkflowEngine.open({
      database: join(folder, "shared.db"),
      leaseMs: SHORT_LEASE_MS,
    });
    const runIds = storage.listRuns({}).map(({ runId }) => runId);
    const runs = await Promise.all(runIds.map((runId) => heir.resume(runId)));
    const endings = await Promise.all(runs.map((run) => run.ending));
    await heir.close();
    const besideCount = endings.filter(({ results }) => results["only"] !== "ended").length;
    const entries = countEntries(storage, runIds);
    engine.signal("SIGCONT");
    const { codes } = await engine.message("done");
    const lateCount = countEntries(storage, runIds) - entries;
    lines.push(
      `one frozen with programs: ${besideCount} of ${FENCED_RUNS} alive beside the attempts of ` +
        `the new owner; ${lateCount} entries written after it continued`,
    );
    if (besideCount > 0 || lateCount > 0 || codes["lease_lost"] !== FENCED_RUNS)
      failures.push(
        `one frozen with programs: ${besideCount} programs alive, ${lateCount} late entries, ` +
          `endings ${JSON.stringify(codes)}`,
      );
  } finally {
    engine.signal("SIGCONT");
    await end(engine, storage, programs);
  }
}

async function startOwner(folder: string): Promise<Owner> {
  const engine = new EngineProcess(folder, "programs", FENCED_RUNS);
  await engine.message("started");
  let programs: Program[] = [];
  while (programs.length < FENCED_RUNS) {
    await delay(20);
    programs = readdirSync(folder)
      .filter((name) => name.endsWith(".pid"))
      .map((name) => ({
        runId: name.slice(0, -".pid".length),
        pid: Number(readFileSync(join(folder, name), "utf8")),
      }))
      .filter(({ pid }) => pid > 0);
  }
  return { engine, storage: openSqliteStorage({ path: join(folder, "shared.db") }), programs };
}

async function end(
  engine: EngineProcess,
  storage: StoragePort,
  programs: readonly Program[],
): Promise<void> {
  await engine.end();
  storage.close();
  for (const { pid } of programs) if (isAlive(pid)) process.kill(pid, "SIGKILL");
}

/** Whether the process is alive; a zombie is not. */
function isAlive(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

function countEntries(storage: StoragePort, runIds: readonly string[]): number {
  return runIds.reduce((count, runId) => count + [...storage.readJournal(runId)].length, 0);
}
