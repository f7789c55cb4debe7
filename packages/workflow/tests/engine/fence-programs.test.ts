import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { openSqliteStorage, type StoragePort } from "../../src/index.js";
import { thisProcess } from "../../src/storage/process-identity.js";
import { type LaunchedChild, launchChild } from "../support/launch-child.js";

const CHILD = fileURLToPath(new URL("../support/fence-child.ts", import.meta.url));

interface Owner extends LaunchedChild {
  readonly database: string;
  readonly storage: StoragePort;
  readonly runId: string;
  /** The process id of its program. */
  readonly program: number;
}

/** Whether the process is alive; a zombie is not. */
function isAlive(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

/** An engine in a process of its own that performs a step with a program that ignores TERM. */
async function owner(): Promise<Owner> {
  const folder = mkdtempSync(join(tmpdir(), "fence-"));
  const [database, pids] = [join(folder, "workflow.db"), join(folder, "pids")];
  const launched = launchChild(CHILD, [database, pids]);
  const runId = await launched.line("run ");
  const program = await vi.waitFor(
    () => {
      const pid = Number(readFileSync(pids, "utf8"));
      if (!(pid > 0)) throw new Error("the program has not started");
      return pid;
    },
    { timeout: 20_000, interval: 20 },
  );
  const storage = openSqliteStorage({ path: database });
  onTestFinished(async () => {
    launched.child.kill("SIGKILL");
    await launched.exited;
    if (isAlive(program)) process.kill(program, "SIGKILL");
    storage.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { ...launched, database, storage, runId, program };
}

describe.skipIf(process.platform !== "linux")("a program that ignores TERM", () => {
  test("has ended when the lease that its engine could not renew ends", async () => {
    const { database, storage, runId, program, line } = await owner();
    const lock = new Database(database);
    lock.exec("BEGIN IMMEDIATE");
    const leaseUntil = storage.getRun(runId)?.leaseUntil ?? 0;
    while (isAlive(program) && Date.now() < leaseUntil + 5000) await delay(10);
    const leftMs = leaseUntil - Date.now();
    lock.exec("ROLLBACK");
    lock.close();
    const ending = JSON.parse(await line("ending ")) as unknown;
    const stats = JSON.parse(await line("stats ")) as unknown;
    await line("closed");
    expect([leftMs > 0, ending, stats]).toEqual([
      true,
      { code: "lease_lost", message: expect.stringContaining("could not be renewed") as unknown },
      expect.objectContaining({ running: 1, active: 0 }),
    ]);
  });

  test("ends at once when its engine continues after it was suspended and has lost the run", async () => {
    const { child, storage, runId, program, line } = await owner();
    child.kill("SIGSTOP");
    const { leaseUntil = 0 } = storage.getRun(runId) ?? {};
    await delay(Math.max(0, leaseUntil - Date.now()) + 200);
    const entries = [...storage.readJournal(runId)].length;
    storage.acquireLease({
      runId,
      owner: { ownerId: "another", ...thisProcess() },
      now: Date.now(),
      leaseUntil: Date.now() + 60_000,
      isDead: () => true,
    });
    child.kill("SIGCONT");
    const ending = JSON.parse(await line("ending ")) as unknown;
    await line("closed");
    expect([ending, isAlive(program), [...storage.readJournal(runId)].length]).toEqual([
      { code: "lease_lost", message: `Another engine has claimed run ${runId}.` },
      false,
      entries,
    ]);
  });

  test("keeps working when its engine continues after it was suspended and no engine has claimed the run", async () => {
    const { child, storage, runId, program } = await owner();
    child.kill("SIGSTOP");
    const { leaseUntil = 0 } = storage.getRun(runId) ?? {};
    await delay(Math.max(0, leaseUntil - Date.now()) + 200);
    child.kill("SIGCONT");
    await vi.waitFor(
      () => expect(storage.getRun(runId)?.leaseUntil).toBeGreaterThan(Date.now() + 1500),
      { timeout: 10_000, interval: 20 },
    );
    expect(isAlive(program)).toBe(true);
  });
});
