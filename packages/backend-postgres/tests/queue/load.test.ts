import { type PostgresServer, startPostgres } from "@automatosx/test-servers/postgres";
import type { AgentRequest } from "@automatosx/workflow";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { until, type World, workflowOf, worldOn } from "./support.js";

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server[Symbol.asyncDispose]());

const fan = (count: number, more: Readonly<Record<string, unknown>> = {}) =>
  workflowOf(Object.fromEntries(Array.from({ length: count }, (_, index) => [`s${index}`, more])));

/** How many transactions the database has committed. */
async function transactions(world: World): Promise<number> {
  const [row] = await world.query(
    `SELECT pg_stat_clear_snapshot(), xact_commit::int AS count
     FROM pg_stat_database WHERE datname = current_database()`,
  );
  return row?.["count"] as number;
}

describe("the time from the decision to the start of an attempt", () => {
  test("has a median of at most 150 ms over 200 attempts, one after the other", async ({
    annotate,
  }) => {
    await using world = worldOn(server.createDatabase());
    const { engine } = await world.engine();
    const started = new Map<string, number>();
    await world.worker({
      agents: { worker: ({ stepId }) => void started.set(stepId, Date.now()) },
    });
    const steps = Array.from({ length: 200 }, (_, index) => [
      `s${index}`,
      { dependencies: index === 0 ? [] : [`s${index - 1}`] },
    ]);
    const run = await engine.start(workflowOf(Object.fromEntries(steps)), { runId: "job" });
    await run.ending;
    const decided = world.storage.listAttempts("job").map(({ stepId, startedAt }) => ({
      stepId,
      startedAt,
    }));
    const waits = decided
      .map(({ stepId, startedAt }) => (started.get(stepId) ?? Number.NaN) - startedAt)
      .toSorted((a, b) => a - b);
    expect(waits).toHaveLength(200);
    expect(waits[100]).toBeLessThanOrEqual(150);
    await annotate(`claim to start: median ${waits[100]} ms, p95 ${waits[190]} ms`);
  });
});

describe("1,000 attempts in flight", () => {
  test("cost the database no more statements than a few", async ({ annotate }) => {
    await using world = worldOn(server.createDatabase());
    const { engine } = await world.engine();
    const ended = Promise.withResolvers<void>();
    await world.worker({ agents: { worker: () => ended.promise }, slots: 1000 });
    const run = await engine.start(fan(1000));
    await until(() => world.running() === 1000);
    const before = await transactions(world);
    await new Promise((resolve) => setTimeout(resolve, 5000));
    const perSecond = ((await transactions(world)) - before) / 5;
    await annotate(`1,000 in flight: ${perSecond} transactions a second`);
    expect(perSecond).toBeLessThan(20);
    ended.resolve();
    expect((await run.ending).status).toBe("completed");
  });

  test("complete, in a time that is reported", async ({ annotate }) => {
    await using world = worldOn(server.createDatabase());
    const { engine } = await world.engine();
    const agents = { worker: () => "ok" };
    await Promise.all([1, 2].map(() => world.worker({ agents, slots: 50 })));
    const startedAt = performance.now();
    const run = await engine.start(fan(1000));
    expect((await run.ending).status).toBe("completed");
    const seconds = (performance.now() - startedAt) / 1000;
    await annotate(`1,000 small attempts: ${Math.round(1000 / seconds)} a second`);
  });
});

describe("attempts that are decided at once", () => {
  const starts = async (agentIds: readonly string[], count: number): Promise<readonly number[]> => {
    await using world = worldOn(server.createDatabase());
    const { engine } = await world.engine();
    const started: number[] = [];
    const ended = Promise.withResolvers<void>();
    const agent = (): Promise<void> => {
      started.push(performance.now());
      return ended.promise;
    };
    await world.worker({ agents: { "*": agent }, slots: count });
    const steps = Array.from({ length: count }, (_, index) => [
      `s${index}`,
      { agentId: agentIds[index % agentIds.length] },
    ]);
    const decidedAt = performance.now();
    const run = await engine.start(workflowOf(Object.fromEntries(steps)));
    await until(() => started.length === count);
    ended.resolve();
    await run.ending;
    return started.map((at) => at - decidedAt);
  };

  test("all start before the next poll: 20 of five agents that the worker has not served before", async () => {
    const waits = await starts(["a", "b", "c", "d", "e"], 20);
    expect(Math.max(...waits)).toBeLessThan(1500);
  });

  test("all start before the next poll: 40 of one agent", async () => {
    expect(Math.max(...(await starts(["a"], 40)))).toBeLessThan(1500);
  });

  test("an agent with many waiting attempts leaves slots to the others", async () => {
    await using world = worldOn(server.createDatabase());
    const { engine } = await world.engine();
    const started: string[] = [];
    const agent = async ({ agentId }: AgentRequest): Promise<void> => {
      started.push(agentId);
      await new Promise((resolve) => setTimeout(resolve, 20));
    };
    const many = Array.from({ length: 60 }, (_, index) => [`s${index}`, { agentId: "many" }]);
    const run = await engine.start(
      workflowOf({ ...Object.fromEntries(many), few: { agentId: "few" } }),
    );
    await until(async () => (await world.countJobs()) === 61);
    await world.worker({ agents: { many: agent, few: agent }, slots: 2 });
    await run.ending;
    expect(started.indexOf("few")).toBeLessThan(10);
  });
});
