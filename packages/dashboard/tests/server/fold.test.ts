import type { WorkflowEngine } from "@automatosx/workflow";
import { openSqliteStorage, RunReader } from "@automatosx/workflow/observe";
import { describe, expect, test } from "vitest";
import type { Run } from "../../src/api/run.schema.js";
import { receivedRun } from "../../src/fold/received-run.js";
import { completed, type Dashboard, Served } from "../support/served.js";

const CHAIN = `
id: chain
steps:
  - { id: first, agentId: worker, task: Work., checkpoint: after-first }
  - { id: second, agentId: worker, task: Work., dependencies: [first] }
  - { id: third, agentId: flaky, task: Work., dependencies: [second] }
`;

const LONG = "x".repeat(5000);

/** The states of the steps as the page has them, and as they are. */
async function bothStates(
  served: Served,
  dashboard: Dashboard,
  runId: string,
): Promise<{ readonly page: unknown; readonly journal: unknown }> {
  const { view } = receivedRun(await dashboard.get<Run>(`/runs/${runId}`));
  const storage = openSqliteStorage({ path: served.database });
  const expected = RunReader.open(storage, runId).catchUp().view;
  storage.close();
  const states = (each: Pick<typeof expected, "steps" | "counts" | "status">): unknown => ({
    status: each.status,
    counts: each.counts(),
    steps: each.steps().map(({ result: _, ...step }) => step),
  });
  return { page: states(view), journal: states(expected) };
}

async function failing(served: Served): Promise<WorkflowEngine> {
  let tries = 0;
  return served.engine({
    worker: () => LONG,
    flaky: () => {
      tries += 1;
      if (tries < 2) throw new Error("not yet");
      return LONG;
    },
  });
}

describe("a run that begins or continues with earlier results", () => {
  test.each([
    ["whole", {}],
    ["shortened to a snapshot", { limits: { entryCount: 1 } }],
  ])("is folded after a failure, a checkpoint and a fork: %s", async (_, options) => {
    await using served = new Served();
    const engine = await failing(served);
    const { runId } = await completed(engine, CHAIN, { runId: "origin" });
    const dashboard = served.dashboard(options);
    const failed = await bothStates(served, dashboard, runId);
    await (await engine.resume(runId)).ending;
    const resumed = await bothStates(served, dashboard, runId);
    const [checkpoint] = engine.storage
      .listCheckpoints(runId)
      .filter(({ name }) => name === "after-first");
    const fork = await engine.fork(runId, { checkpoint: checkpoint?.checkpointId ?? "" });
    const forked = await bothStates(served, dashboard, fork.runId);
    await (await engine.resume(fork.runId)).ending;
    const done = await bothStates(served, dashboard, fork.runId);
    for (const { page, journal } of [failed, resumed, forked, done]) expect(page).toEqual(journal);
    expect([failed, resumed, done].map(({ page }) => (page as { status: string }).status)).toEqual([
      "failed",
      "completed",
      "completed",
    ]);
  });

  test("is folded after it was paused and restored to a checkpoint", async () => {
    await using served = new Served();
    const engine = await failing(served);
    const { runId } = await completed(engine, CHAIN);
    const [checkpoint] = engine.storage
      .listCheckpoints(runId)
      .filter(({ name }) => name === "after-first");
    await (await engine.resume(checkpoint?.checkpointId ?? "")).ending;
    const dashboard = served.dashboard();
    const { page, journal } = await bothStates(served, dashboard, runId);
    expect(page).toEqual(journal);
    const { entries } = await dashboard.get<Run>(`/runs/${runId}`);
    const restored = entries.filter(([, type]) => type === "restore_checkpoint");
    const { $state } = JSON.parse(restored[0]?.[5] ?? "{}") as { $state?: { stepResults: object } };
    expect(Object.keys($state?.stepResults ?? {})).toEqual(["first"]);
    expect(JSON.stringify($state)).toContain('"$result"');
  });
});

describe("a value that is stored apart from the journal", () => {
  const LARGE = "y".repeat(300_000);
  const ALL = `
id: large
steps:
  - { id: first, agentId: worker, task: Work. }
  - { id: second, agentId: other, task: Work., if: "\${{ steps.first.output.ok }}", dependencies: [first] }
  - { id: arrived, wait: { signal: data }, dependencies: [first] }
  - id: approve
    gate: { ask: "Use it?", show: "\${{ steps.arrived.output }}", editable: steps.second.output }
    dependencies: [arrived, second]
  - { id: last, agentId: other, task: "\${{ steps.second.output.text }}", dependencies: [approve] }
`;

  test("is in its entry: a result that decides, a signal, and an answer that edits", async () => {
    await using served = new Served();
    const engine = await served.engine({
      worker: () => ({ ok: true, text: LARGE }),
      other: () => ({ text: LARGE }),
    });
    const { runId } = await completed(engine, ALL);
    const dashboard = served.dashboard();
    const waiting = await bothStates(served, dashboard, runId);
    await engine.send(runId, { verb: "signal", name: "data", data: { text: LARGE } });
    await (await engine.resume(runId)).ending;
    const asking = await bothStates(served, dashboard, runId);
    const edited = await engine.send(runId, {
      verb: "edit",
      stepId: "second",
      result: { text: `${LARGE}, better` },
    });
    const changed = await bothStates(served, dashboard, runId);
    await (await engine.resume(runId)).ending;
    await engine.send(runId, {
      verb: "answer",
      stepId: "approve",
      answer: { approved: true, edits: { text: `${LARGE}, edited` } },
    });
    await (await engine.resume(runId)).ending;
    const done = await bothStates(served, dashboard, runId);
    for (const { page, journal } of [waiting, asking, changed, done]) expect(page).toEqual(journal);
    expect([edited.ok, (done.page as { status: string }).status]).toEqual([true, "completed"]);
    const { entries, hasStubs } = await dashboard.get<Run>(`/runs/${runId}`);
    expect(hasStubs).toBe(false);
    expect(entries.filter(([, , , , , payload]) => payload.includes('rtifact":'))).toEqual([]);
  });
});
