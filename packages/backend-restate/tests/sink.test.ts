import { join } from "node:path";
import { openSqliteStorage, prepareWorkflow, type WorkflowError } from "@automatosx/workflow";
import { afterEach, describe, expect, test } from "vitest";
import { DirectoryArtifacts } from "../src/attempts/ArtifactStore.js";
import { startMessage } from "../src/client/start-message.js";
import { RowSink } from "../src/rows/RowSink.js";
import { rowsOf } from "./support/both-backends.ts";
import { restateHarness } from "./support/restate-harness.ts";
import { readNotes } from "./support/worker-process.ts";

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
