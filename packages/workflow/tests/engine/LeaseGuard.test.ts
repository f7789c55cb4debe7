import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { LeaseGuard } from "../../src/engine/LeaseGuard.js";
import type { LeasedRun } from "../../src/engine/LeaseKeeper.js";
import { systemPorts } from "../../src/index.js";
import { monotonicNow } from "../../src/ports.js";
import type { GuardMessage } from "../../src/programs/guard-messages.js";
import { leaseTimes } from "../../src/storage/owner-state.js";
import { identify } from "../../src/storage/process-identity.js";

const LEASE_MS = 2400;

interface Guarded {
  readonly run: LeasedRun;
  readonly program: ChildProcess;
  /** Settles with how much of the lease was left when the program ended, in ms. */
  readonly ended: Promise<number>;
}

/** A run with a lease that begins now, and a program of it that ignores TERM. */
function guarded(guard: LeaseGuard, runId: string): Guarded {
  const token = `${runId}-${process.pid}`;
  const program = spawn("sh", ["-c", "trap '' TERM; exec sleep 60"], {
    detached: true,
    stdio: "ignore",
    env: { ...process.env, AX_ATTEMPT_TOKEN: token },
  });
  onTestFinished(() => void program.kill("SIGKILL"));
  const run: LeasedRun = {
    ...{ runId, isStored: true, isReleased: false, isLeased: true, isDetached: false },
    lease: { epoch: 1, until: systemPorts.clock.now() + LEASE_MS, isLost: false },
    abandon: () => undefined,
    failed: () => undefined,
  };
  const ended = once(program, "exit").then(() => run.lease.until - systemPorts.clock.now());
  const pid = program.pid ?? 0;
  const { processStart } = identify(pid);
  guard.started(run, { pid, processStart, idempotencyKey: `${runId}/a/1`, token });
  return { run, program, ended };
}

const isAlive = ({ program }: Guarded): boolean =>
  program.exitCode === null && program.signalCode === null;

describe.skipIf(process.platform === "win32")("a lease guard", () => {
  test("kills the program of a run shortly before its lease ends, and no other one", async () => {
    const guard = new LeaseGuard(systemPorts.clock, leaseTimes(LEASE_MS, 0));
    const [lost, renewed, ended] = ["lost", "renewed", "ended"].map((id) => guarded(guard, id));
    if (lost === undefined || renewed === undefined || ended === undefined) throw new Error();
    await delay(1000);
    renewed.run.lease.until += 60_000;
    guard.renewed();
    guard.ended(ended.program.pid ?? 0);
    const leftMs = await lost.ended;
    await delay(500);
    expect([leftMs > 0, leftMs < 400, isAlive(renewed), isAlive(ended)]).toEqual([
      true,
      true,
      true,
      true,
    ]);
    guard.close();
  });

  test("kills nothing once its engine has closed", async () => {
    const guard = new LeaseGuard(systemPorts.clock, leaseTimes(LEASE_MS, 0));
    const left = guarded(guard, "left");
    guard.close();
    await delay(LEASE_MS);
    expect(isAlive(left)).toBe(true);
  });

  test("knows the lease of a program whose message arrives on its own", async () => {
    const path = new URL("../../dist/lease-guard.js", import.meta.url).pathname;
    const guard = spawn(process.execPath, [path], { stdio: ["pipe", "ignore", "inherit"] });
    onTestFinished(() => void guard.kill("SIGKILL"));
    const program = spawn("sleep", ["60"], { detached: true, stdio: "ignore" });
    onTestFinished(() => void program.kill("SIGKILL"));
    const pid = program.pid ?? 0;
    const endAt = monotonicNow() + 60_000;
    const send = (message: GuardMessage): boolean =>
      guard.stdin.write(`${JSON.stringify(message)}\n`);
    send({ type: "leases", endAt: [["run", endAt]] });
    // The guard has looked at its programs in the meantime, and had none.
    await delay(1000);
    const { processStart } = identify(pid);
    const marks = { idempotencyKey: "run/a/1", token: `run-${process.pid}` };
    send({ type: "program", runId: "run", endAt, pid, processStart, ...marks });
    await delay(500);
    expect([program.exitCode, program.signalCode]).toEqual([null, null]);
  });
});
