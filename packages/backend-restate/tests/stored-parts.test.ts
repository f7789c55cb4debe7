import { openSqliteStorage, prepareWorkflow, WorkflowEngine } from "@automatosx/workflow";
import type { StoragePort } from "@automatosx/workflow/hosting";
import { expect, test } from "vitest";
import { readStoredParts } from "../src/rows/stored-parts.js";

const WORKFLOW = prepareWorkflow("name: one\nsteps: [{ id: a, agentId: worker, task: A }]");

test("the last part of a run in a database has the row after it", async () => {
  const storage = openSqliteStorage({ path: ":memory:" });
  await using engine = await WorkflowEngine.open({ storage, agents: { worker: () => "a" } });
  const run = await engine.start(WORKFLOW, { runId: "r" });
  await run.ending;
  const { state, status, updatedAt, finishedAt, used } = storage.getRun("r") ?? {};
  const row = { state, status, updatedAt, finishedAt, used };
  const whole = readStoredParts(storage, "r", 0, 1_000_000);
  expect([whole.hasMore, whole.parts.map((part) => part.run)]).toEqual([false, [row]]);
  const first = readStoredParts(storage, "r", 0, 1);
  expect([first.hasMore, first.parts.map((part) => part.run)]).toEqual([true, [undefined]]);

  // Another worker writes while the entries are read.
  let reads = 0;
  const changing: Pick<StoragePort, "getRun" | "readJournal" | "getWorkflow"> = {
    getRun: (runId) => {
      const stored = storage.getRun(runId);
      reads += 1;
      return stored && reads === 1 ? { ...stored, state: "executing_steps" } : stored;
    },
    readJournal: (...asked) => storage.readJournal(...asked),
    getWorkflow: (hash) => storage.getWorkflow(hash),
  };
  const torn = readStoredParts(changing as StoragePort, "r", 0, 1_000_000);
  expect([torn.hasMore, torn.parts.map((part) => part.run)]).toEqual([true, [undefined]]);
});
