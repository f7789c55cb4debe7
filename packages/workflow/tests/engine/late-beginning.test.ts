import { expect, test } from "vitest";
import { WorkflowEngine } from "../../src/engine/WorkflowEngine.js";
import { SimulatedClock } from "../../src/testing/SimulatedClock.js";

test("a run begins although its process stood still between its start and its first write", async () => {
  const clock = new SimulatedClock();
  await using engine = await WorkflowEngine.open({
    database: ":memory:",
    agents: { worker: ({ task }) => task },
    ports: { clock },
  });
  const starting = engine.start({ id: "late", steps: [{ id: "a", agentId: "worker", task: "x" }] });
  // Longer than the lease, before the turn ends in which the run was started.
  clock.standStill(120_000);
  const run = await clock.advanceUntil(starting);
  const ending = await clock.advanceUntil(run.ending);
  expect(ending).toMatchObject({ status: "completed", results: { a: "x" } });
});
