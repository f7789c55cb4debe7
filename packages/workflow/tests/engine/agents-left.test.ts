import { describe, expect, test } from "vitest";
import { type AgentMap, openSqliteStorage, WorkflowEngine } from "../../src/index.js";

const runId = "nightly";
const flow = {
  id: "flow",
  steps: [
    { id: "a", agentId: "first", task: "a", checkpoint: "after-a" },
    { id: "may", agentId: "shaky", task: "may", dependencies: ["a"], continueOnError: true },
    { id: "b", agentId: "last", task: "b", dependencies: ["may"], checkpoint: true },
    { id: "c", agentId: "last", task: "c", dependencies: ["b"] },
  ],
};
const first = () => "A";
const shaky = () => {
  throw new Error("shaky");
};
const isStep = (stepId: string, fails: boolean) => {
  if (fails) throw new Error(`${stepId} fails`);
  return stepId;
};

/** Runs the workflow, with agents for these ids, on a database that outlives the engine. */
async function withEngine<T>(
  storage: ReturnType<typeof openSqliteStorage>,
  agents: AgentMap,
  action: (engine: WorkflowEngine) => Promise<T>,
): Promise<T> {
  await using engine = await WorkflowEngine.open({ storage, agents });
  return await action(engine);
}

describe("the agents that a run needs", () => {
  test("to resume are those of the steps that have not ended", async () => {
    const storage = openSqliteStorage({ path: ":memory:" });
    const all = { first, shaky, last: () => isStep("b", true) };
    const failed = await withEngine(storage, all, async (engine) => {
      const run = await engine.start(flow, { runId });
      return (await run.ending).status;
    });
    const last = ({ stepId }: { readonly stepId: string }) => isStep(stepId, false);
    const resumed = await withEngine(storage, { last }, async (engine) => {
      const run = await engine.resume(runId);
      return (await run.ending).results;
    });
    const named = await withEngine(storage, {}, async (engine) => {
      const run = await engine.start(flow, { runId });
      return (await run.ending).results;
    });
    const results = { a: "A", b: "b", c: "c" };
    expect([failed, resumed, named]).toEqual(["failed", results, results]);
    storage.close();
  });

  test("to go back to a checkpoint include those of the steps after it", async () => {
    const storage = openSqliteStorage({ path: ":memory:" });
    const last = ({ stepId }: { readonly stepId: string }) => isStep(stepId, stepId === "c");
    await withEngine(storage, { first, shaky, last }, async (engine) => {
      const run = await engine.start(flow, { runId });
      return (await run.ending).status;
    });
    const checkpoints = await withEngine(storage, {}, async (engine) =>
      engine.checkpoints.listCheckpoints(runId),
    );
    const early = checkpoints.find(({ name }) => name === "after-a")?.checkpointId ?? "none";
    await expect(
      withEngine(storage, { first, last }, (engine) => engine.resume(early)),
    ).rejects.toMatchObject({
      code: "unknown_agent",
      message: "No agent is registered for `shaky` (for may).",
    });
    await expect(withEngine(storage, {}, (engine) => engine.resume(runId))).rejects.toMatchObject({
      code: "unknown_agent",
      message: "No agent is registered for `last` (for c).",
    });
    storage.close();
  });

  test("to start a new run are those of all steps", async () => {
    const storage = openSqliteStorage({ path: ":memory:" });
    await expect(
      withEngine(storage, { first, shaky }, (engine) => engine.start(flow, { runId })),
    ).rejects.toMatchObject({ code: "unknown_agent" });
    expect(storage.getRun(runId)).toBeUndefined();
    storage.close();
  });
});
