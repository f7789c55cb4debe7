import { join } from "node:path";
import { openSqliteStorage, prepareWorkflow, type WorkflowError } from "@automatosx/workflow";
import { afterEach, describe, expect, test } from "vitest";
import { DirectoryArtifacts } from "../src/attempts/ArtifactStore.js";
import { startMessage } from "../src/client/start-message.js";
import { RowSink } from "../src/rows/RowSink.js";
import { rowsOf } from "./support/both-backends.ts";
import { restateHarness } from "./support/restate-harness.ts";
import { readNotes, WorkerProcess } from "./support/worker-process.ts";

const isOfAgent = (what: string): boolean =>
  ["started", "answered", "failed", "stopped"].includes(what);

const SLOW = prepareWorkflow({
  id: "slow",
  name: "slow",
  steps: [
    { id: "a", agentId: "worker", task: "{}" },
    { id: "b", agentId: "worker", task: '{"afterMs":1500}', dependencies: ["a"] },
    { id: "c", agentId: "worker", task: "{}", dependencies: ["b"] },
  ],
});

describe("the rows of a run in a database", () => {
  test("are those of the run, also when segments are replayed", async () => {
    await using harness = await restateHarness({ segmentEvents: 1 }, { sink: true });
    const backend = await harness.open();
    const { id } = await backend.start(SLOW);
    while (harness.agentLog.read().filter(({ what }) => what === "started").length < 2)
      await harness.clock.advance(20);
    await harness.kill();
    const rows = await rowsOf(backend, id);
    const storage = openSqliteStorage({ path: harness.database, readOnly: true });
    const stored = [...storage.readJournal(id)];
    const run = storage.getRun(id);
    storage.close();
    expect(stored).toEqual(rows);
    expect(run).toMatchObject({ backend: "restate", state: "completed", journalSeq: rows.length });
    expect(run?.used).toEqual({ attempts: 4 });
    const problems = readNotes(harness.log).filter(({ what }) => !isOfAgent(what));
    expect(problems).toEqual([]);
  });
});

describe("the rows of a run whose workers get another --sink", () => {
  const untilStarted = async (
    harness: Awaited<ReturnType<typeof restateHarness>>,
    count: number,
  ): Promise<void> => {
    while (harness.agentLog.read().filter(({ what }) => what === "started").length < count)
      await harness.clock.advance(20);
  };

  test("stay on the server if the first worker had none", async () => {
    await using harness = await restateHarness();
    const backend = await harness.open();
    const { id } = await backend.start(SLOW);
    await untilStarted(harness, 2);
    await harness.worker.kill();
    const database = join(harness.folder, "later.db");
    const worker = await WorkerProcess.start({ ...harness.settings, database });
    try {
      const rows = await rowsOf(backend, id);
      expect(rows.at(0)?.seq).toBe(1);
      expect(await harness.projection.rows(id)).toEqual(rows);
      expect(await backend.get(id)).toMatchObject({ status: "completed" });
      expect((await backend.check()).problems).toEqual([]);
    } finally {
      await worker.kill();
    }
  });

  test("wait for a worker that has it, and a replaced database does not hold up the run", async () => {
    await using harness = await restateHarness({ segmentEvents: 2 }, { sink: true });
    const backend = await harness.open();
    const { id } = await backend.start(SLOW);
    await untilStarted(harness, 2);
    await harness.worker.kill();
    const { database: _, ...without } = harness.settings;
    const none = await WorkerProcess.start(without);
    const problems = async () => (await backend.check()).problems.join();
    await expect.poll(problems, { timeout: 15_000 }).toContain("with the same --sink");
    await none.kill();
    const database = join(harness.folder, "other.db");
    const worker = await WorkerProcess.start({ ...harness.settings, database });
    try {
      const status = async () => (await backend.get(id))?.status;
      await expect.poll(status, { timeout: 20_000 }).toBe("completed");
    } finally {
      await worker.kill();
    }
  }, 60_000);
});

describe("RowSink", () => {
  const storage = openSqliteStorage({ path: ":memory:" });
  afterEach(() => storage.close());

  test("reports rows that differ, and does not overwrite the stored ones", () => {
    const problems: WorkflowError[] = [];
    const artifacts = new DirectoryArtifacts(join("/nonexistent", "artifacts"));
    const sink = new RowSink(storage, artifacts, (problem) => problems.push(problem));
    const start = startMessage(SLOW, {}, { runId: "run-1", now: 1000 });
    const entry = { runId: "run-1", seq: 1, at: 1000, type: "initiate_workflow" };
    const part = (payload: string) => ({ afterSeq: 0, entries: [{ ...entry, payload }] });
    sink.publish(start, part("{}"));
    expect(sink.flush("run-1")).toBeUndefined();
    sink.publish(start, part("{}"));
    expect(sink.flush("run-1")).toBeUndefined();
    sink.publish(start, part('{"other":1}'));
    expect(sink.flush("run-1")).toContain("differs");
    expect(problems.map(({ code }) => code)).toEqual(["journal_diverged"]);
    expect([...storage.readJournal("run-1")].map(({ payload }) => payload)).toEqual(["{}"]);
  });
});
