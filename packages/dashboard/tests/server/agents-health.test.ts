import { rmSync } from "node:fs";
import { agentReply, WorkflowEngine } from "@automatosx/workflow";
import { describe, expect, test } from "vitest";
import type { AgentList, Health } from "../../src/api/house.schema.js";
import { completed, Served } from "../support/served.js";

const FLOW = `id: pair
limits: { agents: { writer: { concurrency: 2 } } }
steps:
  - { id: read, agentId: reader, task: Read. }
  - { id: write, agentId: writer, task: Write., dependencies: [read], retries: 1 }
  - { id: show, run: [echo, hello] }
`;

/** The list of the agents, once all journals have been read: one answer reads for a limited time. */
async function wholeList(served: Served): Promise<AgentList> {
  const dashboard = served.dashboard();
  for (;;) {
    const list = await dashboard.get<AgentList>("/agents");
    if (!list.areMore) return list;
  }
}

describe("GET /agents", () => {
  test("adds up what each agent did in the latest runs", async () => {
    await using served = new Served();
    let tries = 0;
    const engine = await served.engine({
      reader: () =>
        agentReply({ result: "facts", usage: { usd: 0.25, inputTokens: 6, outputTokens: 4 } }),
      writer: () => {
        tries += 1;
        if (tries === 1) throw new Error("no idea");
        return "text";
      },
    });
    const { runId } = await completed(engine, FLOW);
    await completed(engine, FLOW);

    const { agents, runs } = await wholeList(served);

    expect(runs).toBe(2);
    const byId = new Map(agents.map((agent) => [agent.agentId, agent]));
    expect([...byId.keys()].sort()).toEqual(["reader", "writer"]);
    expect(byId.get("reader")).toMatchObject({
      runningNow: 0,
      attempts: 2,
      failed: 0,
      usd: 0.5,
      tokens: 20,
      workflows: ["pair"],
    });
    expect(byId.get("writer")).toMatchObject({
      attempts: 3,
      failed: 1,
      limit: 2,
      lastError: { text: "no idea", runId },
    });
    expect(byId.get("writer")?.usd).toBeUndefined();
    expect(byId.get("writer")?.medianMs).toBeGreaterThanOrEqual(0);
  });

  test("counts the attempts that are in flight", async () => {
    await using served = new Served();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const engine = await served.engine({
      reader: ({ signal }) => {
        begin();
        return new Promise((_, reject) => {
          signal.addEventListener("abort", () => reject(new Error("stopped")));
        });
      },
      writer: () => "text",
    });
    const run = await engine.start(FLOW);
    await begun;
    const { agents } = await served.dashboard().get<AgentList>("/agents");
    expect(agents[0]).toMatchObject({ agentId: "reader", runningNow: 1, attempts: 1 });
    await engine.send(run.id, { verb: "cancel" });
  });
});

describe("GET /health", () => {
  test("a sound database has no problem", async () => {
    await using served = new Served();
    const engine = await served.engine({ reader: () => "a", writer: () => "b" });
    await completed(engine, FLOW);
    const health = await served.dashboard().get<Health>("/health");
    expect(health).toMatchObject({
      version: "0.0.0-test",
      database: { path: "workflow.db" },
      runs: { running: 0, completed: 1, failed: 0, paused: 0, cancelled: 0 },
      owners: [],
      problems: [],
    });
    expect(health.database.usedBytes).toBeLessThanOrEqual(health.database.fileBytes);
    expect(health.checks.map(({ name, isOk }) => [name, isOk])).toEqual([
      ["Disk", true],
      ["Journals", true],
      ["Processes", true],
    ]);
  });

  test("a run whose process is gone is named, with the command that continues it", async () => {
    await using served = new Served();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const engine = await WorkflowEngine.open({
      database: served.database,
      abandonAfterMs: 1,
      agents: {
        reader: () => {
          begin();
          return new Promise(() => {});
        },
        writer: () => "b",
      },
    });
    const run = await engine.start(FLOW);
    await begun;
    await engine.close();

    const health = await served.dashboard().get<Health>("/health");

    expect(health.problems).toMatchObject([
      {
        runId: run.id,
        says: {
          tone: "wait",
          head: "no process works on it",
          command: `axw resume ${run.id.slice(-6)}`,
        },
        row: { workflowId: "pair", isOrphaned: true },
      },
    ]);
  });

  test("a database that was removed says so", async () => {
    await using served = new Served();
    const engine = await served.engine({ reader: () => "a", writer: () => "b" });
    await completed(engine, FLOW);
    const dashboard = served.dashboard();
    rmSync(served.database);
    expect(await dashboard.outcome("/health")).toMatchObject({
      status: 503,
      body: { code: "database_unusable" },
    });
  });
});
