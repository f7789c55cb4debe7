import { describe, expect, test } from "vitest";
import { type Lease, type LeasedRun, LeaseKeeper } from "../../src/engine/LeaseKeeper.js";
import {
  type AgentPort,
  openSqliteStorage,
  WorkflowEngine,
  WorkflowError,
} from "../../src/index.js";
import { leaseTimes } from "../../src/storage/owner-state.js";
import { thisProcess } from "../../src/storage/process-identity.js";
import type { StoragePort } from "../../src/storage/StoragePort.js";
import { SimulatedClock } from "../../src/testing/index.js";
import { acrossNetwork } from "../support/network-storage.js";
import { bench, workflow } from "../support/workflows.js";

const LEASE_MS = 9000;

interface KeptRun extends LeasedRun {
  readonly lease: Lease;
  endedWith?: string;
  isStored: boolean;
  isReleased: boolean;
}

/** A keeper with one run, whose storage answers as `renew` says. */
function keeperOf(
  renew: (runIds: readonly string[]) => readonly string[] | Promise<readonly string[]>,
  { isRemote = false } = {},
): { clock: SimulatedClock; run: KeptRun; keeper: LeaseKeeper; sentAt: number[]; begunAt: number } {
  const clock = new SimulatedClock();
  const begunAt = clock.now();
  const sentAt: number[] = [];
  const run: KeptRun = {
    ...{ runId: "job", isStored: true, isReleased: false, isLeased: true, isDetached: false },
    lease: { epoch: 1, until: begunAt + LEASE_MS, isLost: false },
    abandon: ({ code }) => end(code),
    failed: ({ code }) => end(`failed: ${code}`),
  };
  const end = (code: string): void => {
    run.endedWith ??= `${code} after ${clock.now() - begunAt}`;
    Object.assign(run, { isDetached: true, isLeased: false });
  };
  const asked = (_: string, runIds: readonly string[]): ReturnType<typeof renew> => {
    sentAt.push(clock.now() - begunAt);
    return renew(runIds);
  };
  const storage = isRemote
    ? { asynchronous: { renewLeases: async (...given: [string, string[]]) => asked(...given) } }
    : { renewLeases: asked };
  const keeper = new LeaseKeeper({
    storage: { releaseLease: () => undefined, ...storage } as unknown as StoragePort,
    clock,
    owner: { ownerId: "me", ...thisProcess() },
    times: leaseTimes(LEASE_MS, isRemote ? 0 : undefined),
    runs: () => (run.isDetached ? [] : [run]),
  });
  keeper.keep(run);
  return { clock, run, keeper, sentAt, begunAt };
}

const away = (code: "database_busy" | "database_full" = "database_busy"): never => {
  throw new WorkflowError(code, "It is away.");
};
const never = (): Promise<never> => new Promise(() => undefined);

describe("a lease", () => {
  test("is renewed every third of its time", async () => {
    const k = keeperOf((ids) => ids);
    await k.clock.advance(20_000);
    expect([k.sentAt, k.run.lease.until - k.begunAt, k.run.endedWith]).toEqual([
      [3000, 6000, 9000, 12_000, 15_000, 18_000],
      27_000,
      undefined,
    ]);
  });

  test("is reckoned from the instant before a renewal was sent", async () => {
    const k = keeperOf(
      (ids) => new Promise((resolve) => void k.clock.setTimer(900, () => resolve(ids))),
      { isRemote: true },
    );
    await k.clock.advance(4000);
    expect([k.sentAt, k.run.lease.until - k.begunAt]).toEqual([[3000], 12_000]);
  });

  test("that cannot be renewed ends the run a third of its time before it ends", async () => {
    const k = keeperOf(() => away());
    await k.clock.advance(20_000);
    expect([k.run.endedWith, k.run.lease.isLost]).toEqual(["lease_lost after 6000", true]);
  });

  test("whose renewals are not answered is asked for again, a limited number of times", async () => {
    const k = keeperOf(never, { isRemote: true });
    await k.clock.advance(20_000);
    expect([k.sentAt, k.run.endedWith]).toEqual([[3000, 4000, 5000], "lease_lost after 6000"]);
  });

  test("counts an answer that comes late", async () => {
    const k = keeperOf(
      (ids) => new Promise((resolve) => void k.clock.setTimer(2500, () => resolve(ids))),
      { isRemote: true },
    );
    await k.clock.advance(60_000);
    expect(k.run.endedWith).toBeUndefined();
  });

  test("pauses the run as a full disk does if the disk is full", async () => {
    const k = keeperOf(() => away("database_full"));
    await k.clock.advance(20_000);
    expect(k.run.endedWith).toBe("failed: database_full after 6000");
  });

  test("that another engine owns ends the run at once", async () => {
    const k = keeperOf(() => []);
    await k.clock.advance(3000);
    expect(k.run.endedWith).toBe("lease_lost after 3000");
  });

  test.each(["isStored", "isReleased"] as const)(
    "is not judged by a renewal of a run for which `%s` says that no row names its owner",
    async (member) => {
      const k = keeperOf(() => []);
      k.run[member] = member === "isReleased";
      await k.clock.advance(3000);
      expect([k.sentAt, k.run.endedWith]).toEqual([[], undefined]);
    },
  );

  test("of a run that took long to claim is renewed at once", async () => {
    const k = keeperOf((ids) => ids);
    const late = { ...k.run, lease: { epoch: 1, until: k.clock.now() + 3100, isLost: false } };
    k.keeper.keep(late);
    await k.clock.advance(1);
    expect(k.sentAt).toEqual([0]);
  });

  test("leaves no timer once the keeper stops", async () => {
    const k = keeperOf((ids) => ids);
    k.keeper.stop();
    expect(k.clock.timerCount).toBe(0);
  });
});

describe("after a process was suspended past its lease", () => {
  test("a run that no engine has claimed stays with its engine while the grace lasts", async () => {
    const k = keeperOf((ids) => ids);
    k.clock.standStill(60_000);
    k.keeper.fence();
    expect([k.sentAt, k.run.endedWith, k.run.lease.until - k.begunAt]).toEqual([
      [60_000],
      undefined,
      69_000,
    ]);
  });

  test.each([
    ["claimed by another engine", () => [], false],
    ["in a database that does not answer", () => away(), false],
    ["in a database whose clock has ended the lease", (ids: readonly string[]) => ids, true],
  ] as const)("a run %s is given up by the fence", (_, renew, isRemote) => {
    const k = keeperOf(renew, { isRemote });
    k.clock.standStill(60_000);
    k.keeper.fence();
    expect(k.run.endedWith).toBe("lease_lost after 60000");
  });
});

describe("`leaseMs`", () => {
  test("has a minimum", async () => {
    await expect(WorkflowEngine.open({ database: ":memory:", leaseMs: 1999 })).rejects.toThrow(
      "leaseMs must be a number, 2000 or more; 1999 is not.",
    );
  });

  test("sets how long the lease of a run lasts, and how long an expired one is watched", async () => {
    const storage = openSqliteStorage({ path: ":memory:" });
    const first = await bench({ a: { hangs: true } }, { storage, leaseMs: 6000 });
    const run = await first.engine.start(workflow({ a: [] }), { runId: "job" });
    run.ending.catch(() => undefined);
    await first.clock.settle();
    expect((storage.getRun("job")?.leaseUntil ?? 0) - first.clock.now()).toBe(6000);
    storage.acquireLease({
      runId: "job",
      owner: { ownerId: "gone", ...thisProcess(), machine: "elsewhere" },
      now: first.clock.now(),
      leaseUntil: first.clock.now() - 1,
      isDead: () => true,
    });
    await first.engine.close();
    await using second = await bench({}, { storage, leaseMs: 6000 });
    const before = second.clock.now();
    const again = await second.clock.advanceUntil(second.engine.resume("job"));
    await again.ending;
    expect(second.clock.now() - before).toBe(4000);
  });
});

describe("an SQLite database that is busy for longer than a lease", () => {
  test("ends its runs before their leases end, and they can be resumed", async () => {
    const storage = openSqliteStorage({ path: ":memory:" });
    const disk = { isBusy: false };
    const busy = new Proxy(storage, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== "function") return member;
        return (...given: unknown[]) =>
          disk.isBusy && ["commit", "renewLeases", "releaseLease"].includes(String(name))
            ? away()
            : (Reflect.apply(member, target, given) as unknown);
      },
    });
    await using b = await bench({ a: [{ hangs: true }, { result: 1 }] }, { storage: busy });
    const run = await b.engine.start(workflow({ a: [] }));
    const ending = run.ending.catch((error: unknown) => error);
    await b.clock.settle();
    disk.isBusy = true;
    const { leaseUntil = 0 } = storage.getRun(run.id) ?? {};
    const error = await b.clock.advanceUntil(ending);
    expect([error, b.agent.aborted, leaseUntil - b.clock.now()]).toMatchObject([
      { code: "lease_lost", message: expect.stringContaining("It is away.") as unknown },
      [`${run.id}/a/1`],
      10_000,
    ]);
    disk.isBusy = false;
    const again = await b.engine.resume(run.id);
    expect((await b.clock.advanceUntil(again.ending)).status).toBe("completed");
  });
});

describe("closing an engine whose agent stops slowly", () => {
  /** An agent that stops `afterMs` after its signal, and notes how long it had. */
  const slow = (clock: SimulatedClock, afterMs: number, told: unknown[]): AgentPort => ({
    stopMs: afterMs,
    execute: (request) =>
      new Promise((resolve) =>
        request.signal.addEventListener("abort", () => {
          told.push(request.stopWithinMs);
          clock.setTimer(afterMs - 1000, () => told.push(request.stopWithinMs));
          clock.setTimer(afterMs, () => resolve("stopped"));
        }),
      ),
  });

  test("keeps the lease until the agent has stopped", async () => {
    const clock = new SimulatedClock();
    const storage = openSqliteStorage({ path: ":memory:" });
    const told: unknown[] = [];
    const agents = { "*": slow(clock, 60_000, told) };
    const engine = await WorkflowEngine.open({ storage, agents, ports: { clock } });
    const run = await engine.start(workflow({ a: [] }));
    run.ending.catch(() => undefined);
    await clock.settle();
    const closed = engine.close();
    await clock.advance(50_000);
    const { leaseUntil = 0 } = storage.getRun(run.id) ?? {};
    await clock.advanceUntil(closed);
    expect([
      leaseUntil > clock.now(),
      told,
      storage.getRun(run.id)?.owner,
      clock.timerCount,
    ]).toEqual([true, [undefined, undefined], undefined, 0]);
  });

  test("tells the agent how long it has if the lease cannot be renewed any more", async () => {
    const clock = new SimulatedClock();
    const { storage, network } = acrossNetwork(clock);
    const told: unknown[] = [];
    const agents = { "*": slow(clock, 25_000, told) };
    const engine = await WorkflowEngine.open({ storage, agents, ports: { clock } });
    const run = await engine.start(workflow({ a: [] }));
    run.ending.catch(() => undefined);
    await clock.settle();
    network.state = "silent";
    await clock.advanceUntil(engine.close());
    expect(told).toEqual([undefined, 6000]);
  });
});
