import { TcpProxy } from "@automatosx/test-servers/proxy";
import { WorkflowEngine } from "@automatosx/workflow";
import { describe, expect, test } from "vitest";
import { openPostgresStorage, type PostgresStorage } from "../../src/index.js";
import { until } from "../support/commits.js";
import { sharedServer } from "../support/server.js";

const STEPS = 30;

/** A chain of steps, each of which takes an agent some milliseconds. */
const CHAIN = {
  id: "chain",
  steps: Array.from({ length: STEPS }, (_, index) => ({
    ...{ id: `s${index}`, agentId: "worker", task: `step ${index}` },
    ...(index > 0 && { dependencies: [`s${index - 1}`] }),
  })),
};

/** An agent that counts how often it performs each step. */
function countingAgent() {
  const counts = new Map<string, number>();
  const agent = async ({ stepId }: { readonly stepId: string }): Promise<string> => {
    counts.set(stepId, (counts.get(stepId) ?? 0) + 1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    return "done";
  };
  return { agent, counts };
}

/** The longest time in which the event loop did nothing, in ms, until it is stopped. */
function watchEventLoop(): () => number {
  let [longest, last] = [0, performance.now()];
  const timer = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  }, 5);
  return () => {
    clearInterval(timer);
    return longest;
  };
}

/** Reads the run often with calls that block, as an engine's clients do. */
function readOften(storage: PostgresStorage, runId: string) {
  let [answers, refusals] = [0, 0];
  const timer = setInterval(() => {
    try {
      storage.getRun(runId);
      answers += 1;
    } catch (error) {
      expect(error).toMatchObject({ code: "database_busy" });
      refusals += 1;
    }
  }, 50);
  return () => {
    clearInterval(timer);
    return { answers, refusals };
  };
}

describe("a run on PostgreSQL", () => {
  const server = sharedServer();

  test("resumes when the server was killed and started again", async () => {
    const url = server.current.createDatabase();
    const storage = await openPostgresStorage({ url });
    const { agent, counts } = countingAgent();
    const engine = await WorkflowEngine.open({ storage, agents: { worker: agent } });
    const run = await engine.start(CHAIN);
    await until(() => counts.size >= 5, "five steps have begun");
    await server.current.kill();
    await server.current.restart();
    const { status } = await run.ending;
    const { state, owner } = storage.getRun(run.id) ?? {};
    await engine.close();
    storage.close();
    expect([status, state, owner]).toEqual(["completed", "completed", undefined]);
    expect([...counts.values()]).toEqual(Array.from({ length: STEPS }, () => 1));
  });

  test("resumes after an outage that never stops the event loop for a second", async () => {
    const proxy = await TcpProxy.to(server.current.port);
    const url = proxy.urlFor(server.current.createDatabase());
    const storage = await openPostgresStorage({ url, answerMs: 1_000 });
    const { agent, counts } = countingAgent();
    const engine = await WorkflowEngine.open({ storage, agents: { worker: agent } });
    const run = await engine.start(CHAIN);
    await until(() => counts.size >= 5, "five steps have begun");
    const reading = readOften(storage, run.id);
    const watching = watchEventLoop();
    await proxy.hold("to the server", "from the server");
    const outage = performance.now();
    await until(() => performance.now() - outage > OUTAGE_MS, "the outage has lasted");
    const longest = watching();
    const { refusals } = reading();
    await proxy.release();
    const { status } = await run.ending;
    await engine.close();
    storage.close();
    await proxy[Symbol.asyncDispose]();
    expect([status, longest < 1_000, refusals > 3]).toEqual(["completed", true, true]);
    expect([...counts.values()]).toEqual(Array.from({ length: STEPS }, () => 1));
  });
});

/** How long the network is silent: several times as long as any call waits for an answer. */
const OUTAGE_MS = 5_000;
