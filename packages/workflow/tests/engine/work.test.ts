import { describe, expect, test } from "vitest";
import {
  type EngineOptions,
  openSqliteStorage,
  type StoragePort,
  WorkflowEngine,
} from "../../src/index.js";
import { ScriptedAgent, type ScriptedAnswer, SimulatedClock } from "../../src/testing/index.js";
import { freshPaths } from "../storage/fixture.js";
import { childRun, gate, normalWorkflow } from "../support/normal-form.js";
import { workflow } from "../support/workflows.js";

type Script = Record<string, readonly ScriptedAnswer[] | ScriptedAnswer>;

/** A repeatable sequence of numbers in [0, 1). */
function chanceFrom(seed: number): { next(): number } {
  let state = seed;
  const next = (): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
  return { next };
}

const path = freshPaths("work");

/** Engines on one database, each with a connection of its own, and one simulated clock. */
class Fleet implements AsyncDisposable {
  readonly clock = new SimulatedClock();
  readonly storage = openSqliteStorage({ path: path(), durability: "process" });
  readonly #closing: (() => Promise<void>)[] = [];

  async open(
    script: Script = {},
    options: EngineOptions = {},
  ): Promise<{ engine: WorkflowEngine; agent: ScriptedAgent }> {
    const agent = new ScriptedAgent(script, this.clock);
    const storage = openSqliteStorage({ path: path(), durability: "process" });
    const engine = await WorkflowEngine.open({
      storage,
      agents: { "*": agent },
      ports: { clock: this.clock, chance: chanceFrom(this.#closing.length + 1) },
      ...options,
    });
    this.#closing.push(async () => {
      await engine.close();
      storage.close();
    });
    return { engine, agent };
  }

  client(): Promise<{ engine: WorkflowEngine }> {
    return this.open({}, { executes: false, agents: {} });
  }

  /** Advances until the condition holds, for a minute at most. */
  async until(condition: () => boolean): Promise<void> {
    for (let ms = 0; !condition(); ms += 20) {
      if (ms > 60_000) throw new Error("The condition was not met within a simulated minute.");
      await this.clock.advance(20);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const close of this.#closing) await close();
    this.storage.close();
  }
}

const one = workflow({ a: [] });
const hasEnded = (storage: StoragePort, count: number) => (): boolean =>
  storage.countRuns().completed === count;

describe("WorkflowEngine.work", () => {
  test("claims queued runs, oldest first, and never more than its slots", async () => {
    await using fleet = new Fleet();
    const { engine: client } = await fleet.client();
    for (let n = 0; n < 10; n += 1) {
      await client.enqueue(one, { runId: `r${n}` });
      await fleet.clock.advance(5);
    }
    const { engine, agent } = await fleet.open({ a: { result: 1, afterMs: 300 } });
    const order: string[] = [];
    const left: unknown[] = [];
    let most = 0;
    const work = engine.work({
      slots: 3,
      onRun: ({ runId }, what, status) => {
        if (what === "claimed") order.push(runId);
        else left.push(status);
        most = Math.max(most, work.runIds.length, engine.getStats().active);
      },
    });
    await fleet.until(hasEnded(fleet.storage, 10));
    expect([order, most, agent.mostInFlight]).toEqual([
      Array.from({ length: 10 }, (_, n) => `r${n}`),
      3,
      3,
    ]);
    expect(left).toEqual(Array.from({ length: 10 }, () => "completed"));
  });

  test("finds a run that is queued later within a fraction of a second", async () => {
    await using fleet = new Fleet();
    const { engine: client } = await fleet.client();
    const { engine, agent } = await fleet.open();
    engine.work({ slots: 1, pollMs: 60_000 });
    await fleet.clock.advance(5000);
    await client.enqueue(one, { runId: "r" });
    await fleet.clock.advance(250);
    expect(agent.started).toEqual(["a"]);
  });

  test("looks a few times a second while another engine commits without a pause", async () => {
    await using fleet = new Fleet();
    const real = openSqliteStorage({ path: path() });
    let [looks, listener] = [0, (): void => undefined];
    const storage = new Proxy(real, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name, target);
        if (name === "listClaimable") looks += 1;
        if (name === "onChange")
          return (given: () => void) => {
            listener = given;
            return () => undefined;
          };
        return typeof member === "function" ? (member.bind(target) as unknown) : member;
      },
    });
    const { engine, agent } = await fleet.open({}, { storage });
    engine.work({ slots: 1 });
    for (let ms = 0; ms < 10_000; ms += 10) {
      await fleet.clock.advance(10);
      listener();
    }
    expect([looks > 30, looks < 70]).toEqual([true, true]);
    const { engine: client } = await fleet.client();
    await client.enqueue(one, { runId: "r" });
    listener();
    await fleet.clock.advance(400);
    expect(agent.started).toEqual(["a"]);
    await engine.close();
    real.close();
  });

  test("finds a run that is queued in its own process", async () => {
    await using fleet = new Fleet();
    const { engine, agent } = await fleet.open();
    engine.work({ slots: 1, pollMs: 60_000 });
    await fleet.clock.advance(5000);
    await engine.enqueue(one, { runId: "r" });
    await fleet.clock.advance(100);
    expect(agent.started).toEqual(["a"]);
  });

  test.each([
    [10, 2, 10],
    [20, 2, 20],
    [8, 3, 5],
  ])("shares %i runs with other workers: %i workers of %i slots", async (runs, workers, slots) => {
    await using fleet = new Fleet();
    const { engine: client } = await fleet.client();
    const fleetOf = await Promise.all(
      Array.from({ length: workers }, () => fleet.open({ a: { result: 1, afterMs: 5000 } })),
    );
    const works = fleetOf.map(({ engine }) => engine.work({ slots }));
    await fleet.clock.advance(2000);
    for (let n = 0; n < runs; n += 1) await client.enqueue(one, { runId: `r${n}` });
    await fleet.until(() => works.reduce((sum, { runIds }) => sum + runIds.length, 0) === runs);
    const most = Math.max(...works.map(({ runIds }) => runIds.length));
    // At most half as much again as a fair share.
    expect(most).toBeLessThanOrEqual(Math.ceil((runs / workers) * 1.5));
  });

  test("keeps 3 workers of 5 slots busy with 100 runs, in their order", async () => {
    await using fleet = new Fleet();
    const { engine: client } = await fleet.client();
    for (let n = 0; n < 100; n += 1) {
      await client.enqueue(one, { runId: `r${n}` });
      await fleet.clock.advance(1);
    }
    const order: number[] = [];
    const counts = [0, 0, 0];
    let most = 0;
    for (const at of counts.keys()) {
      const { engine } = await fleet.open({ a: { result: 1, afterMs: 1000 } });
      const work = engine.work({
        slots: 5,
        onRun: ({ runId }, what) => {
          if (what === "left") return;
          order.push(Number(runId.slice(1)));
          counts[at] = (counts[at] ?? 0) + 1;
          most = Math.max(most, work.runIds.length);
        },
      });
    }
    const startedAt = fleet.clock.now();
    await fleet.until(hasEnded(fleet.storage, 100));
    const tookMs = fleet.clock.now() - startedAt;
    // How many younger runs were claimed before a run.
    const overtaken = order.map(
      (run, place) => order.slice(0, place).filter((other) => other > run).length,
    );
    expect([most, new Set(order).size, order.length]).toEqual([5, 100, 100]);
    expect(Math.max(...overtaken)).toBeLessThanOrEqual(5);
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(28);
    // 100 runs of a second in 15 slots take 7 seconds if no slot is ever empty.
    expect(tookMs).toBeLessThanOrEqual(8400);
  });

  test("continues the runs of a dead engine, each completed step once", async () => {
    await using fleet = new Fleet();
    const dead = await fleet.open({ a: { result: 1 }, b: { hangs: true } });
    const chain = workflow({ a: [], b: ["a"], c: ["b"] });
    const run = await dead.engine.start(chain, { runId: "r" });
    run.ending.catch(() => undefined);
    await fleet.clock.advance(10);
    await dead.engine.close();
    const { engine, agent } = await fleet.open();
    engine.work({ slots: 1 });
    await fleet.until(hasEnded(fleet.storage, 1));
    expect(agent.started).toEqual(["b", "c"]);
  });

  test("claims a run of another machine once its lease has expired and was not renewed", async () => {
    await using fleet = new Fleet();
    const { engine: client } = await fleet.client();
    await client.enqueue(one, { runId: "r" });
    const owner = {
      ...{ ownerId: "far", host: "far", machine: "linux/far/1", pid: 7, processStart: "0" },
    };
    const now = fleet.clock.now();
    fleet.storage.acquireLease({
      ...{ runId: "r", owner, now, leaseUntil: now + 30_000, isDead: () => false },
    });
    const { engine, agent } = await fleet.open();
    const startedAt: number[] = [];
    engine.work({ slots: 1, onRun: () => startedAt.push(fleet.clock.now() - now) });
    await fleet.clock.advance(29_000);
    expect(agent.started).toEqual([]);
    await fleet.until(hasEnded(fleet.storage, 1));
    const [first = 0] = startedAt;
    // Thirty seconds, the twenty in which its owner may renew it, and the time to look.
    expect([first >= 50_000, first <= 52_000]).toEqual([true, true]);
  });

  test("wakes a run that waits once its time has come, or its question is answered", async () => {
    await using fleet = new Fleet();
    const { engine: client } = await fleet.client();
    const { engine } = await fleet.open();
    engine.work({ slots: 2 });
    const waits = normalWorkflow({ w: { wait: { forMs: 5000 } }, b: ["w"] }, { id: "waits" });
    const asks = normalWorkflow({ q: gate("Continue?"), b: ["q"] }, { id: "asks" });
    await client.enqueue(waits, { runId: "w" });
    await client.enqueue(asks, { runId: "q" });
    await fleet.until(() => fleet.storage.getRun("q")?.status === "paused");
    await client.answer("q", "q", { approved: true });
    await fleet.until(hasEnded(fleet.storage, 2));
    expect(engine.getStats().active).toBe(0);
  });

  test("leaves runs to other workers whose agents it lacks, and says so once", async () => {
    await using fleet = new Fleet();
    const { engine: client } = await fleet.client();
    for (let n = 0; n < 40; n += 1) await client.enqueue(one, { runId: `r${n}` });
    await client.enqueue(workflow({ a: { agentId: "mine" } }), { runId: "mine" });
    const problems: string[] = [];
    const agent = new ScriptedAgent({}, fleet.clock);
    const { engine } = await fleet.open({}, { agents: { mine: agent } });
    engine.work({ slots: 1, onProblem: ({ code }, runId) => problems.push(`${code} ${runId}`) });
    await fleet.clock.advance(20_000);
    expect([agent.started, fleet.storage.getRun("mine")?.status]).toEqual([["a"], "completed"]);
    expect(problems.toSorted()).toEqual(
      Array.from({ length: 40 }, (_, n) => `unknown_agent r${n}`).toSorted(),
    );
    expect(fleet.storage.getRun("r0")).toMatchObject({ failedRecoveries: 0, leaseEpoch: 1 });
  });

  test("passes a quarantined run by until a user resumes it", async () => {
    await using fleet = new Fleet();
    const { engine: client } = await fleet.client();
    await client.enqueue(one, { runId: "bad" });
    await client.enqueue(one, { runId: "good" });
    fleet.storage.recordFailedRecovery("bad", 3, "its engine died each time");
    const problems: string[] = [];
    const { engine } = await fleet.open();
    engine.work({ slots: 1, onProblem: ({ code }) => problems.push(code) });
    await fleet.clock.advance(100_000);
    expect([fleet.storage.getRun("bad")?.status, fleet.storage.getRun("good")?.status]).toEqual([
      "running",
      "completed",
    ]);
    expect(problems).toEqual(["run_quarantined"]);
    await (await engine.resume("bad")).ending;
  });

  test("continues after the database was busy, and waits longer each time", async () => {
    await using fleet = new Fleet();
    const { engine: client } = await fleet.client();
    await client.enqueue(one, { runId: "r" });
    const real = openSqliteStorage({ path: path() });
    let [isBusy, looks] = [true, 0];
    const storage = new Proxy(real, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== "function") return member;
        if (name !== "listClaimable" || !isBusy) return member.bind(target) as unknown;
        return () => {
          looks += 1;
          throw Object.assign(new Error("busy"), { code: "database_busy" });
        };
      },
    });
    const { engine, agent } = await fleet.open({}, { storage });
    const problems: unknown[] = [];
    engine.work({ slots: 1, onProblem: (problem) => problems.push(problem) });
    await fleet.clock.advance(60_000);
    expect([looks > 3, looks < 26, problems.length === looks]).toEqual([true, true, true]);
    isBusy = false;
    await fleet.clock.advance(8000);
    expect(agent.started).toEqual(["a"]);
    await engine.close();
    real.close();
  });

  test("claims the parent that waits for a child run, whose step joins it", async () => {
    await using fleet = new Fleet();
    const child = normalWorkflow({ q: gate("Continue?"), x: ["q"] }, { id: "child" });
    const parent = normalWorkflow({ c: childRun(child), d: ["c"] }, {}, [child]);
    const { engine: client } = await fleet.client();
    await client.enqueue(parent, { runId: "r" });
    const { engine, agent } = await fleet.open();
    const claimed: string[] = [];
    const work = engine.work({
      slots: 1,
      onRun: ({ runId }, what) => what === "claimed" && claimed.push(runId),
    });
    await fleet.until(() => fleet.storage.countRuns().paused === 2 && work.runIds.length === 0);
    await client.answer("r", "c.q", { approved: true });
    await fleet.until(hasEnded(fleet.storage, 2));
    expect([claimed, agent.started]).toEqual([
      ["r", "r"],
      ["x", "d"],
    ]);
  });

  test("works once at a time", async () => {
    await using fleet = new Fleet();
    const { engine } = await fleet.open();
    const work = engine.work({ slots: 1 });
    expect(() => engine.work({ slots: 1 })).toThrow(/works on runs already/);
    await work.drain();
    await engine.work({ slots: 1 }).drain();
    for (const options of [{}, { slots: 0 }, { slots: 1.5 }, { slots: 1, pollMs: 0 }])
      expect(() => engine.work(options as never)).toThrow(/slots|pollMs/);
  });
});

describe("Work.drain", () => {
  test("claims nothing more, and waits for the runs that it has", async () => {
    await using fleet = new Fleet();
    const { engine: client } = await fleet.client();
    const { engine, agent } = await fleet.open({ a: { result: 1, afterMs: 3000 } });
    const work = engine.work({ slots: 1 });
    await client.enqueue(one, { runId: "r1" });
    await client.enqueue(one, { runId: "r2" });
    await fleet.until(() => agent.started.length === 1);
    const drained = work.drain(10_000);
    await fleet.clock.advance(3000);
    expect(await drained).toEqual({ released: [] });
    await fleet.clock.advance(5000);
    expect([fleet.storage.countRuns().completed, agent.started, work.runIds]).toEqual([
      1,
      ["a"],
      [],
    ]);
  });

  test("releases what is left, with its child runs, for another worker to claim at once", async () => {
    await using fleet = new Fleet();
    const child = normalWorkflow({ x: [], y: ["x"] }, { id: "child" });
    const parent = normalWorkflow({ c: childRun(child) }, {}, [child]);
    const { engine: client } = await fleet.client();
    await client.enqueue(parent, { runId: "r" });
    const first = await fleet.open({ x: { result: 1 }, y: { hangs: true } });
    const own = await first.engine.start(workflow({ y: [] }), { runId: "own" });
    own.ending.catch(() => undefined);
    const work = first.engine.work({ slots: 2 });
    await fleet.until(() => first.agent.started.length === 3);
    const drained = work.drain(100);
    await fleet.clock.advance(100);
    expect(await drained).toEqual({ released: ["r"] });
    const owners = ["r", "r.c", "own"].map((id) => fleet.storage.getRun(id)?.owner?.pid);
    expect(owners).toEqual([undefined, undefined, process.pid]);
    const second = await fleet.open();
    second.engine.work({ slots: 1 });
    await fleet.until(hasEnded(fleet.storage, 2));
    expect(second.agent.started).toEqual(["y"]);
    expect(fleet.storage.getRun("r")?.failedRecoveries).toBe(0);
  });

  test("ends with the engine", async () => {
    await using fleet = new Fleet();
    const { engine: client } = await fleet.client();
    const { engine, agent } = await fleet.open();
    const work = engine.work({ slots: 1 });
    await engine.close();
    await client.enqueue(one, { runId: "r" });
    await fleet.clock.advance(5000);
    expect([agent.started, await work.drain()]).toEqual([[], { released: [] }]);
  });
});
