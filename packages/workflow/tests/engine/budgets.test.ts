import { describe, expect, test } from "vitest";
import { agentReply } from "../../src/index.js";
import { normalWorkflow } from "../support/normal-form.js";
import { bench } from "../support/workflows.js";

const costing = (inputTokens: number, afterMs = 10): { result: unknown; afterMs: number } => ({
  result: agentReply({ result: "ok", usage: { inputTokens } }),
  afterMs,
});

describe("a budget", () => {
  test("lets one of three parallel agents of unknown cost start, then pauses the run", async () => {
    await using b = await bench({ a: costing(100), b: costing(100), c: costing(100) });
    const run = await b.engine.start(
      normalWorkflow({ a: [], b: [], c: [] }, { budget: { tokens: 100 } }),
    );
    const { status, pausedFor } = await b.clock.advanceUntil(run.ending);
    expect([status, pausedFor, b.agent.started]).toEqual(["paused", "budget", ["a"]]);
    const row = b.engine.storage.getRun(run.id);
    expect([row?.pauseReason, row?.wakeAt]).toEqual(["budget", undefined]);
    const resumed = await b.engine.resume(run.id, { budget: { tokens: 300 } });
    expect((await b.clock.advanceUntil(resumed.ending)).status).toBe("completed");
    expect(b.agent.started).toEqual(["a", "b", "c"]);
    const raised = [...b.engine.storage.readJournal(run.id)].find(
      ({ type }) => type === "budget_changed",
    );
    expect(raised?.payload).toBe('{"budget":{"tokens":300}}');
  });

  test("can be raised by an engine that does not resume the run", async () => {
    await using b = await bench({ a: costing(100), b: costing(100) });
    const run = await b.engine.start(
      normalWorkflow({ a: [], b: ["a"] }, { budget: { tokens: 100 } }),
    );
    await b.clock.advanceUntil(run.ending);
    await b.engine.raiseBudget(run.id, { tokens: 500 }, { by: "Ann" });
    expect(b.engine.storage.getRun(run.id)?.status).toBe("paused");
    const resumed = await b.engine.resume(run.id);
    expect((await b.clock.advanceUntil(resumed.ending)).status).toBe("completed");
  });

  test("refuses limits that are no amounts", async () => {
    await using b = await bench();
    await expect(b.engine.raiseBudget("any", { usd: -1 })).rejects.toMatchObject({
      code: "invalid_argument",
    });
    await expect(
      b.engine.resume("any", { budget: { dollars: 1 } as object }),
    ).rejects.toMatchObject({
      code: "invalid_argument",
      message: expect.stringContaining("dollars"),
    });
  });

  test("announces each limit of which a notable share is used", async () => {
    await using b = await bench({ a: costing(85), b: costing(15) });
    const run = await b.engine.start(
      normalWorkflow(
        { a: [], b: { after: ["a"], reserve: { tokens: 1 } } },
        { budget: { tokens: 100, at: [{ percent: 80, action: "warn" }] } },
      ),
    );
    await b.clock.advanceUntil(run.ending);
    const used: unknown[] = [];
    for await (const event of b.engine.events(run.id))
      if (event.type === "budget_used") used.push([event.dimension, event.settled, event.percent]);
    expect(used).toEqual([
      ["tokens", 85, 85],
      ["tokens", 100, 100],
    ]);
  });
});

describe("a rate limit", () => {
  test("parks the step until its reset without using up a retry, also after a restart", async () => {
    await using b = await bench();
    const resetAt = b.clock.now() + 7_200_000;
    const { engine, clock, agent } = b;
    let calls = 0;
    await using c = await bench(
      {},
      {
        storage: engine.storage,
        ports: { clock, chance: { next: () => 0 } },
        agents: {
          worker: async () => {
            calls += 1;
            const { AgentError } = await import("../../src/index.js");
            if (calls === 1)
              throw new AgentError("quota", { class: "rate_limit", retryAt: resetAt });
            return "ok";
          },
        },
      },
    );
    const run = await c.engine.start(normalWorkflow({ a: [] }));
    await clock.settle();
    const [parked] = run.steps();
    expect([parked?.status, parked?.waitingFor, parked?.retryAt, parked?.failureCount]).toEqual([
      "waiting",
      "quota",
      resetAt,
      0,
    ]);
    await c.engine.close();
    const resumed = await engine.resume(run.id);
    await clock.advance(3_600_000);
    expect(agent.started).toEqual([]);
    expect((await clock.advanceUntil(resumed.ending)).status).toBe("completed");
    expect([agent.started, clock.now() >= resetAt]).toEqual([["a"], true]);
  });
});
