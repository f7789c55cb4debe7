import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { WorkflowEngine } from "@automatosx/workflow";
import { expect, onTestFinished, test, vi } from "vitest";
import { openPostgresStorage, type PostgresStorage } from "../../src/index.js";
import { SilentProxy } from "../queue/SilentProxy.js";
import { sharedServer } from "../support/server.js";

const CHILD = fileURLToPath(new URL("./fence-child.ts", import.meta.url));
const server = sharedServer();

interface Owner {
  readonly proxy: SilentProxy;
  readonly storage: PostgresStorage;
  readonly runId: string;
  /** The process id of its program. */
  readonly program: number;
  /** Settles with the rest of the first line that begins with this. */
  readonly line: (prefix: string) => Promise<string>;
  /** Lets it start another run. */
  readonly go: () => void;
  readonly signal: (signal: "SIGKILL" | "SIGSTOP" | "SIGCONT") => void;
}

/** Whether the process is alive; a zombie is not. */
function isAlive(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

/** An engine in a process of its own, behind a proxy, with a program that ignores TERM. */
async function owner(leaseMs: number): Promise<Owner> {
  const folder = mkdtempSync(join(tmpdir(), "fence-"));
  const pids = join(folder, "pids");
  const url = server.current.createDatabase();
  const proxy = await SilentProxy.to(server.current.port);
  const child = spawn(process.execPath, [CHILD, proxy.urlFor(url), pids, String(leaseMs)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  let printed = "";
  child.stdout.on("data", (chunk: Buffer) => {
    printed += chunk.toString();
  });
  const line = (prefix: string): Promise<string> =>
    vi.waitFor(
      () => {
        const found = printed.split("\n").find((each) => each.startsWith(prefix));
        if (found === undefined) throw new Error(`no line "${prefix}" in: ${printed}`);
        return found.slice(prefix.length);
      },
      { timeout: 30_000, interval: 10 },
    );
  const runId = await line("run ");
  const program = await vi.waitFor(
    () => {
      const pid = Number(readFileSync(pids, "utf8"));
      if (!(pid > 0)) throw new Error("the program has not started");
      return pid;
    },
    { timeout: 30_000, interval: 10 },
  );
  const storage = await openPostgresStorage({ url });
  onTestFinished(async () => {
    const exited = new Promise((resolve) => child.once("exit", resolve));
    if (child.exitCode === null && child.kill("SIGKILL")) await exited;
    if (isAlive(program)) process.kill(program, "SIGKILL");
    storage.close();
    await proxy[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    ...{ proxy, storage, runId, program, line },
    go: () => void child.stdin.write("go\n"),
    signal: (signal) => void child.kill(signal),
  };
}

test("a program that ignores TERM has ended when the lease ends that its engine could not renew", async () => {
  const { proxy, storage, runId, program, line, go } = await owner(3000);
  proxy.isSilent = true;
  const leaseUntil = storage.getRun(runId)?.leaseUntil ?? 0;
  while (isAlive(program) && Date.now() < leaseUntil + 5000) await delay(5);
  const leftMs = leaseUntil - Date.now();
  const ending = JSON.parse(await line("ending ")) as unknown;
  const stoodStillMs = Number(await line("stood still "));

  await using heir = await WorkflowEngine.open({ storage, leaseMs: 3000 });
  await delay(Math.max(0, leaseUntil - Date.now()));
  const run = await heir.resume(runId);
  const claimedMs = Date.now() - leaseUntil;
  const { status, results } = await run.ending;

  proxy.isSilent = false;
  go();
  const next = JSON.parse(await line("next ")) as unknown;
  await line("closed");
  expect([leftMs > 0, ending, status, results, next]).toEqual([
    true,
    { code: "lease_lost", message: expect.stringContaining("could not be renewed") as unknown },
    "completed",
    { long: "again" },
    { a: "fine" },
  ]);
  expect(stoodStillMs).toBeLessThanOrEqual(1000);
  expect(claimedMs).toBeLessThanOrEqual(1000);
});

test("an outage that is shorter than a lease stops no program", async () => {
  const { proxy, storage, runId, program } = await owner(12_000);
  proxy.isSilent = true;
  // Longer than the period of renewals.
  await delay(6000);
  const before = storage.getRun(runId)?.leaseUntil ?? 0;
  proxy.isSilent = false;
  await vi.waitFor(() => expect(storage.getRun(runId)?.leaseUntil).toBeGreaterThan(before + 1000), {
    timeout: 20_000,
    interval: 50,
  });
  expect(isAlive(program)).toBe(true);
});

test.each(["SIGSTOP", "SIGKILL"] as const)(
  "a program has ended when the lease ends whose engine got %s",
  async (signal) => {
    const { storage, runId, program, signal: send, line } = await owner(3000);
    send(signal);
    // A renewal that was on its way may still arrive.
    await delay(200);
    const leaseUntil = storage.getRun(runId)?.leaseUntil ?? 0;
    while (isAlive(program) && Date.now() < leaseUntil + 5000) await delay(5);
    const leftMs = leaseUntil - Date.now();
    expect(leftMs).toBeGreaterThan(0);
    await vi.waitFor(() => expect(storage.listClaimable(Date.now(), 10)).toHaveLength(1), {
      timeout: 10_000,
      interval: 50,
    });
    if (signal === "SIGKILL") return;
    send("SIGCONT");
    expect(JSON.parse(await line("ending "))).toMatchObject({ code: "lease_lost" });
  },
);
