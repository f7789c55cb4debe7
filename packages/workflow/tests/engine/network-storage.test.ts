import { describe, expect, test } from "vitest";
import { type EngineOptions, WorkflowEngine, type WorkflowError } from "../../src/index.js";
import { thisProcess } from "../../src/storage/process-identity.js";
import { ScriptedAgent, type ScriptedAnswer, SimulatedClock } from "../../src/testing/index.js";
import { acrossNetwork, type Network } from "../support/network-storage.js";
import { bench, workflow } from "../support/workflows.js";

interface Remote extends AsyncDisposable {
  readonly engine: WorkflowEngine;
  readonly agent: ScriptedAgent;
  readonly clock: SimulatedClock;
  readonly network: Network;
}

/** An engine whose storage is across a network, with a scripted agent. */
async function remote(
  script: Record<string, readonly ScriptedAnswer[] | ScriptedAnswer> = {},
  options: EngineOptions = {},
): Promise<Remote> {
  const clock = new SimulatedClock();
  const { storage, network } = acrossNetwork(clock);
  const agent = new ScriptedAgent(script, clock);
  const engine = await WorkflowEngine.open({
    storage,
    agents: { "*": agent },
    ports: { clock, chance: { next: () => 0.5 } },
    abandonAfterMs: 0,
    ...options,
  });
  const close = async (): Promise<void> => {
    network.state = "up";
    await clock.advanceUntil(engine.close());
    // Calls that are still on their way have timers too.
    await clock.advance(60_000);
    expect(clock.timerCount).toBe(0);
  };
  return { engine, agent, clock, network, [Symbol.asyncDispose]: close };
}

const errorOf = (promise: Promise<unknown>): Promise<WorkflowError> =>
  promise.then(
    () => {
      throw new Error("it did not fail");
    },
    (error: WorkflowError) => error,
  );

const wide = (count: number): Parameters<typeof workflow>[0] =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`s${index}`, []]));

describe("a storage across a network", () => {
  test("gets the same journal as one in the process", async () => {
    const steps = { a: [], b: ["a"], c: ["a"], d: ["b", "c"] };
    await using far = await remote({}, {});
    far.network.delayMs = 20;
    await using near = await bench();
    const rows: unknown[] = [];
    for (const { engine, clock } of [far, near]) {
      const run = await clock.advanceUntil(engine.start(workflow(steps), { runId: "job" }));
      await clock.advanceUntil(run.ending);
      rows.push(
        [...engine.storage.readJournal("job")].map(({ seq, type, stepId, attemptNumber }) => ({
          ...{ seq, type, stepId, attemptNumber },
        })),
      );
    }
    expect(rows[0]).toEqual(rows[1]);
  });

  test("performs no effect before its commit is answered", async () => {
    await using r = await remote();
    r.network.delayMs = 1000;
    const started = r.engine.start(workflow({ a: [] }));
    await r.clock.advance(999);
    const before = [...r.agent.started];
    await r.clock.advance(1);
    const run = await started;
    await r.clock.settle();
    expect([before, r.agent.started]).toEqual([[], ["a"]]);
    await r.clock.advanceUntil(run.ending);
  });

  test("gets what arrives during a commit with the next one", async () => {
    await using r = await remote(
      Object.fromEntries(Object.keys(wide(100)).map((id) => [id, { result: id, afterMs: 10 }])),
    );
    r.network.delayMs = 100;
    const run = await r.clock.advanceUntil(r.engine.start(workflow(wide(100))));
    const { status } = await r.clock.advanceUntil(run.ending);
    expect([status, r.network.commits.length < 6]).toEqual(["completed", true]);
  });

  test("gets a turn once although its answer was lost", async () => {
    await using r = await remote({ a: { result: 1, afterMs: 10 }, b: { result: 2, afterMs: 10 } });
    r.network.lostAnswers = 2;
    const run = await r.clock.advanceUntil(r.engine.start(workflow({ a: [], b: ["a"] })));
    await r.clock.advance(5);
    r.network.lostAnswers = 3;
    const { status } = await r.clock.advanceUntil(run.ending);
    const seqs = [...r.network.behind.readJournal(run.id)].map(({ seq }) => seq);
    expect([status, r.agent.started, seqs]).toEqual([
      "completed",
      ["a", "b"],
      seqs.map((_, index) => index + 1),
    ]);
  });

  test("fails only the run that another engine has claimed", async () => {
    await using r = await remote({ a: { result: 1, afterMs: 100 } });
    const [lost, kept] = [
      await r.engine.start(workflow({ a: [] }), { runId: "lost" }),
      await r.engine.start(workflow({ a: [] }), { runId: "kept" }),
    ];
    const ending = errorOf(lost.ending);
    claimElsewhere(r, "lost");
    await r.clock.advance(100);
    expect([
      (await r.clock.advanceUntil(ending)).code,
      (await r.clock.advanceUntil(kept.ending)).status,
    ]).toEqual(["lease_lost", "completed"]);
  });

  test("fails only the step whose outcome it refuses", async () => {
    await using r = await remote({
      good: { result: 1, afterMs: 10 },
      bad: { result: "\ud800", afterMs: 10 },
    });
    const refusing = r.network.behind.commit.bind(r.network.behind);
    r.network.behind.commit = (commit) => {
      if (JSON.stringify(commit).includes('"step_completed","stepId":"bad"'))
        throw new Error("a row breaks a constraint");
      refusing(commit);
    };
    const run = await r.engine.start(workflow({ good: [], bad: { continueOnError: true } }));
    const { status } = await r.clock.advanceUntil(run.ending);
    expect([status, run.steps().map(({ id, status: each }) => [id, each])]).toEqual([
      "completed",
      [
        ["good", "completed"],
        ["bad", "failed"],
      ],
    ]);
  });

  test("has everything that was accepted before the engine closed", async () => {
    const r = await remote({ a: { result: 1, afterMs: 10 } });
    const run = await r.engine.start(workflow({ a: [], b: ["a"] }));
    run.ending.catch(() => undefined);
    r.network.delayMs = 400;
    await r.clock.advance(20);
    await r.clock.advanceUntil(r.engine.close());
    const types = [...r.network.behind.readJournal(run.id)].map(({ type }) => type);
    expect([
      types.includes("step_completed"),
      r.network.behind.getRun(run.id)?.owner,
      r.clock.timerCount,
    ]).toEqual([true, undefined, 0]);
  });

  test("that is silent lets the engine close within seconds", async () => {
    const r = await remote({ a: { result: 1, afterMs: 10 } });
    const run = await r.engine.start(workflow({ a: [] }));
    run.ending.catch(() => undefined);
    r.network.state = "silent";
    await r.clock.advance(20);
    const before = r.clock.now();
    await r.clock.advanceUntil(r.engine.close());
    expect(r.clock.now() - before).toBeLessThanOrEqual(5_000);
  });
});

describe("an outage that is shorter than a lease", () => {
  test.each(["refusing", "silent"] as const)("(%s) fails no run", async (state) => {
    await using r = await remote({ a: { result: 1, afterMs: 50 }, b: { result: 2, afterMs: 50 } });
    const run = await r.engine.start(workflow({ a: [], b: ["a"] }));
    await r.clock.advance(10);
    r.network.state = state;
    await r.clock.advance(15_000);
    r.network.state = "up";
    const { status } = await r.clock.advanceUntil(run.ending);
    expect([status, r.agent.aborted, r.agent.started]).toEqual(["completed", [], ["a", "b"]]);
  });

  test("refuses starts meanwhile", async () => {
    await using r = await remote();
    r.network.state = "refusing";
    const { code, remedy } = await r.clock.advanceUntil(
      errorOf(r.engine.start(workflow({ a: [] }))),
    );
    r.network.state = "up";
    const run = await r.engine.start(workflow({ a: [] }));
    expect([code, remedy, (await r.clock.advanceUntil(run.ending)).status]).toEqual([
      "database_busy",
      expect.stringContaining("Start it again with the same run id"),
      "completed",
    ]);
  });
});

describe("an outage that is longer than a lease", () => {
  test.each(["refusing", "silent"] as const)(
    "(%s) stops the agents before the lease ends, and the run can be resumed",
    async (state) => {
      await using r = await remote({
        a: { result: 1 },
        b: [{ hangs: true }, { result: 2 }],
      });
      const run = await r.engine.start(workflow({ a: [], b: ["a"] }));
      const ending = errorOf(run.ending);
      await r.clock.advance(12_000);
      r.network.state = state;
      const { leaseUntil = 0 } = r.network.behind.getRun(run.id) ?? {};
      const error = await r.clock.advanceUntil(ending);
      const stoppedAt = r.clock.now();
      expect([error.code, error.message, r.agent.aborted]).toEqual([
        "lease_lost",
        expect.stringMatching(/^Run \S+ was abandoned, and its agents were stopped, because/),
        [`${run.id}/b/1`],
      ]);
      expect(leaseUntil - stoppedAt).toBe(10_000);
      r.network.state = "up";
      const again = await r.clock.advanceUntil(r.engine.resume(run.id));
      expect([(await r.clock.advanceUntil(again.ending)).status, r.agent.started]).toEqual([
        "completed",
        ["a", "b", "b"],
      ]);
    },
  );

  test("ends a run whose last turn cannot be written", async () => {
    await using r = await remote({ a: { result: 1, afterMs: 50 } });
    const run = await r.engine.start(workflow({ a: [] }));
    const ending = errorOf(run.ending);
    await r.clock.advance(10);
    r.network.state = "silent";
    expect((await r.clock.advanceUntil(ending)).code).toBe("lease_lost");
    r.network.state = "up";
    const again = await r.clock.advanceUntil(r.engine.resume(run.id));
    expect((await r.clock.advanceUntil(again.ending)).status).toBe("completed");
  });
});

describe("a process that was suspended for longer than a lease", () => {
  test("commits nothing and starts nothing before it has given up its runs", async () => {
    await using r = await remote({ a: { result: 1, afterMs: 100 }, b: { hangs: true } });
    const run = await r.engine.start(workflow({ a: [], b: [], c: ["a"] }));
    const ending = errorOf(run.ending);
    await r.clock.settle();
    const commits = r.network.calls["commit"];
    r.clock.standStill(31_000);
    const { code, message } = await r.clock.advanceUntil(ending);
    await r.clock.advance(1000);
    expect([code, message, r.network.calls["commit"], r.agent.started]).toEqual([
      "lease_lost",
      expect.stringContaining("this process was suspended"),
      commits,
      ["a", "b"],
    ]);
    expect(r.agent.aborted).toEqual([`${run.id}/b/1`]);
  });

  test("performs no effect of a turn that was answered meanwhile", async () => {
    await using r = await remote({ a: { result: 1, afterMs: 100 } });
    const run = await r.engine.start(workflow({ a: [], b: ["a"] }));
    const ending = errorOf(run.ending);
    r.network.delayMs = 50;
    await r.clock.advance(110);
    r.clock.standStill(31_000);
    expect((await r.clock.advanceUntil(ending)).code).toBe("lease_lost");
    await r.clock.advance(1000);
    expect(r.agent.started).toEqual(["a"]);
    const again = await r.clock.advanceUntil(r.engine.resume(run.id));
    await r.clock.advanceUntil(again.ending);
    expect(r.agent.started).toEqual(["a", "b"]);
  });
});

describe("a lease that a renewal no longer finds", () => {
  test("ends the run at once, and stops its agents", async () => {
    await using r = await remote({ a: { hangs: true } });
    const run = await r.engine.start(workflow({ a: [] }));
    const ending = errorOf(run.ending);
    await r.clock.settle();
    claimElsewhere(r, run.id);
    await r.clock.advance(10_000);
    expect([await r.clock.advanceUntil(ending), r.agent.aborted]).toMatchObject([
      { code: "lease_lost", message: `Another engine has claimed run ${run.id}.` },
      [`${run.id}/a/1`],
    ]);
  });

  test("is not lost while the first turn of the run is being written", async () => {
    await using r = await remote({ first: { hangs: true } });
    await r.engine.start(workflow({ first: [] }));
    await r.clock.advance(8000);
    r.network.delayMs = 9000;
    const run = await r.clock.advanceUntil(r.engine.start(workflow({ a: [] })));
    r.network.delayMs = 0;
    expect((await r.clock.advanceUntil(run.ending)).status).toBe("completed");
  });
});

describe("a command from another process", () => {
  const send = ({ network }: Remote, runId: string, storage = network.behind): number =>
    storage.sendCommand({ runId, verb: "pause", argument: "{}", sentAt: 0 });

  test("is performed as soon as the storage announces it, else within a second", async () => {
    await using r = await remote({ a: { hangs: true } });
    const run = await r.engine.start(workflow({ a: [] }));
    await r.clock.settle();
    // Only a call across the network is announced.
    send(r, run.id, r.engine.storage);
    await r.clock.settle();
    expect(run.state).toBe("paused");
    const other = await r.engine.start(workflow({ a: [] }));
    await r.clock.settle();
    send(r, other.id);
    await r.clock.advance(1000);
    expect(other.state).toBe("paused");
  });

  test("is performed once, although its answer could not be stored at first", async () => {
    await using r = await remote({ a: { hangs: true } });
    const run = await r.engine.start(workflow({ a: [] }));
    await r.clock.settle();
    const id = send(r, run.id);
    const answer = r.network.behind.answerCommand.bind(r.network.behind);
    let failures = 2;
    r.network.behind.answerCommand = (...given) => {
      failures -= 1;
      if (failures >= 0) throw Object.assign(new Error("away"), { code: "database_busy" });
      answer(...given);
    };
    await r.clock.advance(5000);
    expect([
      r.network.behind.commandAnswer(id),
      [...r.network.behind.readJournal(run.id)].filter(({ type }) => type === "pause_workflow")
        .length,
    ]).toEqual(['{"ok":true}', 1]);
  });

  test("is asked for at most ten times a second, however often the storage changes", async () => {
    await using r = await remote({ a: { hangs: true } });
    await r.engine.start(workflow({ a: [] }));
    await r.clock.advance(100);
    const before = r.network.calls["pendingCommands"] ?? 0;
    for (let elapsedMs = 0; elapsedMs < 1000; elapsedMs += 5) {
      r.network.announce();
      await r.clock.advance(5);
    }
    const asked = (r.network.calls["pendingCommands"] ?? 0) - before;
    expect([asked >= 9, asked <= 11]).toEqual([true, true]);
  });

  test("keeps the process from asking too often", async () => {
    await using r = await remote({ a: { hangs: true } });
    await r.engine.start(workflow({ a: [] }));
    await r.clock.advance(10_000);
    expect([
      (r.network.calls["pendingCommands"] ?? 0) <= 12,
      r.network.calls["dataVersion"],
    ]).toEqual([true, undefined]);
  });
});

function claimElsewhere({ network, clock }: Remote, runId: string): void {
  network.behind.acquireLease({
    runId,
    owner: { ownerId: "another", ...thisProcess() },
    now: clock.now(),
    leaseUntil: clock.now() + 600_000,
    isDead: () => true,
  });
}
