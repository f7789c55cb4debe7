import { describe, expect, test } from "vitest";
import { openSqliteStorage, type StoragePort, WorkflowEngine } from "../../src/index.js";
import { childRun, gate, normalWorkflow } from "../support/normal-form.js";
import { type Bench, bench, workflow } from "../support/workflows.js";

const chain = workflow({ a: [], b: ["a"] });

/** A client that executes nothing, and the engine of a worker on the same database. */
async function clientAndWorker(
  script: Parameters<typeof bench>[0] = {},
): Promise<AsyncDisposable & { storage: StoragePort; client: WorkflowEngine; worker: Bench }> {
  const storage = openSqliteStorage({ path: ":memory:" });
  const worker = await bench(script, { storage });
  const ports = { clock: worker.clock, chance: { next: () => 0.5 } };
  const client = await WorkflowEngine.open({ storage, executes: false, ports });
  return {
    ...{ storage, client, worker },
    async [Symbol.asyncDispose]() {
      await Promise.all([client.close(), worker.engine.close()]);
    },
  };
}

const types = (storage: StoragePort, runId: string): string[] =>
  [...storage.readJournal(runId)].map(({ type }) => type);

describe("WorkflowEngine.enqueue", () => {
  test("records the beginning of a run, and leaves it without an owner", async () => {
    await using t = await clientAndWorker();
    expect(await t.client.enqueue(chain, { runId: "r" })).toEqual({
      ...{ id: "r", workflowId: "under-test" },
    });
    expect(types(t.storage, "r")).toEqual([
      "initiate_workflow",
      "workflow_parsed",
      "workflow_valid",
      "graph_built",
      "steps_scheduled",
    ]);
    expect(t.storage.getRun("r")).toMatchObject({ status: "running", leaseEpoch: 1 });
    expect([t.storage.getRun("r")?.owner, t.client.getStats().active]).toEqual([undefined, 0]);
  });

  test("gives the worker the same journal as a start, with no attempt lost", async () => {
    await using t = await clientAndWorker();
    await t.client.enqueue(chain, { runId: "queued" });
    await (await t.worker.engine.resume("queued")).ending;
    await (await t.worker.engine.start(chain, { runId: "started" })).ending;
    expect(types(t.storage, "queued")).toEqual(types(t.storage, "started"));
  });

  test("keeps the limits, inputs, context and place of the client", async () => {
    await using t = await clientAndWorker();
    const wide = workflow({ a: [], b: [], c: [] }, {
      inputs: { of: { type: "string" } },
      context: { k: 1 },
    } as never);
    await t.client.enqueue(wide, {
      runId: "r",
      concurrency: 1,
      inputs: { of: "x" },
      context: { k: 2 },
      startedFrom: { directory: "/tmp" },
    });
    await (await t.worker.engine.resume("r")).ending;
    expect([t.worker.agent.mostInFlight, t.storage.getRun("r")]).toMatchObject([
      1,
      { inputs: { of: "x" }, context: { k: 2 }, startedFrom: { directory: "/tmp" } },
    ]);
  });

  test("does not refuse agents that only the workers have", async () => {
    await using t = await clientAndWorker();
    await using bare = await WorkflowEngine.open({ storage: t.storage, agents: {} });
    const run = await bare.enqueue(chain);
    expect((await (await t.worker.engine.resume(run.id)).ending).status).toBe("completed");
  });

  test("joins the run of the same id, and refuses another workflow under it", async () => {
    await using t = await clientAndWorker();
    await using other = await WorkflowEngine.open({ storage: t.storage, executes: false });
    const both = await Promise.all([
      t.client.enqueue(chain, { runId: "r" }),
      other.enqueue(chain, { runId: "r" }),
      t.client.enqueue(chain, { runId: "r" }),
    ]);
    expect([both.map(({ id }) => id), t.storage.countRuns().running]).toEqual([["r", "r", "r"], 1]);
    for (const source of [workflow({ a: [] }), workflow({ a: [], b: ["a"] }, { name: "other" })])
      await expect(t.client.enqueue(source, { runId: "r" })).rejects.toMatchObject({
        code: "run_exists",
      });
    await (await t.worker.engine.resume("r")).ending;
    await other.enqueue(chain, { runId: "r" });
    expect([t.storage.getRun("r")?.status, t.worker.agent.started]).toEqual([
      "completed",
      ["a", "b"],
    ]);
  });

  test("queues the run of the same id again if it has failed", async () => {
    await using t = await clientAndWorker({ b: [{ error: "no" }, { result: 2 }] });
    await t.client.enqueue(chain, { runId: "r" });
    await (await t.worker.engine.resume("r")).ending;
    expect(t.storage.getRun("r")?.status).toBe("failed");
    await t.client.enqueue(chain, { runId: "r" });
    expect([t.storage.getRun("r")?.status, t.storage.getRun("r")?.owner]).toEqual([
      "running",
      undefined,
    ]);
    await (await t.worker.engine.resume("r")).ending;
    expect([t.storage.getRun("r")?.status, t.worker.agent.started]).toEqual([
      "completed",
      ["a", "b", "b"],
    ]);
  });

  test("refuses what a start refuses, and queues nothing", async () => {
    await using t = await clientAndWorker();
    const needy = workflow({ a: [] }, {
      inputs: { of: { type: "string", required: true } },
    } as never);
    await expect(t.client.enqueue(needy)).rejects.toMatchObject({ code: "invalid_input" });
    await expect(t.client.enqueue({ id: "x" } as never)).rejects.toMatchObject({
      code: "invalid_definition",
    });
    await expect(t.client.enqueue(chain, { signal: "x" } as never)).rejects.toMatchObject({
      code: "invalid_argument",
    });
    expect(t.storage.countRuns().running).toBe(0);
  });
});

describe("an engine that executes no runs", () => {
  test("refuses the calls that would execute one", async () => {
    await using t = await clientAndWorker();
    await t.client.enqueue(chain, { runId: "r" });
    const calls = [
      () => t.client.start(chain),
      () => t.client.execute(chain),
      () => t.client.resume("r"),
      () => t.client.adopt("r"),
      () => t.client.recover(),
      async () => t.client.work({ slots: 1 }),
    ];
    for (const call of calls)
      await expect(call(), String(call)).rejects.toMatchObject({ code: "invalid_argument" });
    expect(t.storage.getRun("r")?.leaseEpoch).toBe(1);
  });

  test("queues a paused run that is resumed, which then continues where it stopped", async () => {
    await using t = await clientAndWorker({ a: { result: 1, afterMs: 10 } });
    const run = await t.worker.engine.start(chain, { runId: "r" });
    await run.pause();
    await t.worker.clock.advanceUntil(run.ending);
    expect(await t.client.send("r", { verb: "resume" })).toEqual({ ok: true });
    expect(t.storage.getRun("r")).toMatchObject({ status: "running", leaseEpoch: 2 });
    expect([t.storage.getRun("r")?.owner, types(t.storage, "r").at(-1)]).toEqual([
      undefined,
      "resume_workflow",
    ]);
    expect((await (await t.worker.engine.resume("r")).ending).status).toBe("completed");
    expect(t.worker.agent.started).toEqual(["a", "b"]);
  });

  test("queues a failed run, whose completed steps are kept", async () => {
    await using t = await clientAndWorker({ b: [{ error: "no" }, { result: 2 }] });
    await (await t.worker.engine.start(chain, { runId: "r" })).ending;
    expect(await t.client.send("r", { verb: "resume" })).toEqual({ ok: true });
    expect(await t.client.send("r", { verb: "resume" })).toEqual({ ok: true });
    const { results } = await (await t.worker.engine.resume("r")).ending;
    expect([results["b"], t.worker.agent.started]).toEqual([2, ["a", "b", "b"]]);
  });

  test("queues a quarantined run again, which workers then claim", async () => {
    await using t = await clientAndWorker();
    await t.client.enqueue(chain, { runId: "r" });
    t.storage.recordFailedRecovery("r", 3, "its engine died each time");
    expect(await t.client.send("r", { verb: "resume" })).toEqual({ ok: true });
    expect(t.storage.getRun("r")).toMatchObject({ status: "running", failedRecoveries: 0 });
    expect(t.storage.getRun("r")?.owner).toBeUndefined();
    t.worker.engine.work({ slots: 1 });
    await t.worker.clock.advance(1000);
    expect(t.storage.getRun("r")?.status).toBe("completed");
  });

  test("refuses to queue a run that has ended", async () => {
    await using t = await clientAndWorker();
    await (await t.worker.engine.start(chain, { runId: "r" })).ending;
    expect(await t.client.send("r", { verb: "resume" })).toMatchObject({
      ok: false,
      code: "run_not_resumable",
    });
  });

  test("leaves a run whose question it answers to the workers", async () => {
    await using t = await clientAndWorker();
    const asks = normalWorkflow({ q: gate("Continue?"), b: ["q"] });
    const run = await t.worker.engine.start(asks, { runId: "r" });
    await run.ending;
    expect(t.storage.listClaimable(t.worker.clock.now(), 5)).toEqual([]);
    expect(await t.client.answer("r", "q", { approved: true })).toBeUndefined();
    expect(t.client.getStats().active).toBe(0);
    expect(t.storage.listClaimable(t.worker.clock.now(), 5).map(({ runId }) => runId)).toEqual([
      "r",
    ]);
  });

  test("queues the child runs that a user has paused along with their parent", async () => {
    const child = normalWorkflow({ x: [], y: ["x"] }, { id: "child" });
    const parent = normalWorkflow({ c: childRun(child) }, {}, [child]);
    await using t = await clientAndWorker({ x: { result: 1, afterMs: 100 } });
    const run = await t.worker.engine.start(parent, { runId: "r" });
    await t.worker.clock.advance(10);
    await run.pause();
    await t.worker.clock.advanceUntil(run.ending);
    const statuses = (): unknown[] => t.storage.listRuns().map(({ status }) => status);
    expect(statuses()).toEqual(["paused", "paused"]);
    await t.client.send("r", { verb: "resume" });
    expect(statuses()).toEqual(["running", "running"]);
    const resumed = await t.worker.engine.resume("r");
    expect((await t.worker.clock.advanceUntil(resumed.ending)).status).toBe("completed");
    expect(t.worker.agent.started).toEqual(["x", "y"]);
  });
});
