import { readFileSync } from "node:fs";
import type { JournalEntry } from "@automatosx/schemas";
import { describe, expect, test } from "vitest";
import type { WorkflowData } from "../../src/definition/WorkflowSource.js";
import {
  Context,
  Machine,
  openSqliteStorage,
  RunReader,
  type StoragePort,
} from "../../src/index.js";
import type { StoredCheckpoint } from "../../src/storage/StoragePort.js";
import { type Bench, bench, workflow } from "../support/workflows.js";

const chain = { a: { continueOnError: true }, b: ["a"], c: ["b"], d: ["a", "c"] } as const;
const once = (stepId: string) => [{ error: `${stepId} broke` }, { result: stepId }];

/** What the agents are given from here on, up to the end of the run, and how it ends. */
async function resumed(b: Bench, id: string): Promise<object> {
  const before = b.agent.requests.length;
  const { status, results, metrics } = await b.clock.advanceUntil(
    (await b.engine.resume(id)).ending,
  );
  return {
    status,
    results,
    failed: metrics.failedSteps,
    given: b.agent.requests.slice(before).map((r) => [r.stepId, r.previousResults]),
  };
}

async function ended(b: Bench, definition: WorkflowData): Promise<string> {
  const run = await b.engine.start(definition);
  await b.clock.advanceUntil(run.ending);
  return run.id;
}

describe("resuming a failed run", () => {
  test("keeps a tolerated failure and passes its null to the steps that run after it", async () => {
    await using b = await bench({
      a: once("a"),
      b: { result: "b" },
      c: once("c"),
      d: { result: 0 },
    });
    expect(await resumed(b, await ended(b, workflow(chain)))).toEqual({
      status: "completed",
      results: { b: "b", c: "c", d: 0 },
      failed: 1,
      given: [
        ["c", { b: "b" }],
        ["d", { a: null, c: "c" }],
      ],
    });
  });

  test("keeps a tolerated failure whose dependents were all skipped", async () => {
    await using b = await bench({ a: once("a"), c: once("c"), d: { result: 0 } });
    const steps = { a: { continueOnError: true }, c: [], d: ["a", "c"] };
    expect(await resumed(b, await ended(b, workflow(steps)))).toEqual({
      status: "completed",
      results: { c: "c", d: 0 },
      failed: 1,
      given: [
        ["c", {}],
        ["d", { a: null, c: "c" }],
      ],
    });
  });

  test("keeps a tolerated failure that ended without using its retries", async () => {
    await using b = await bench({
      a: [{ error: "not possible", retryable: false }, { result: "a" }],
      b: once("b"),
    });
    const steps = { a: { continueOnError: true, retries: 3 }, b: ["a"] };
    expect(await resumed(b, await ended(b, workflow(steps)))).toEqual({
      status: "completed",
      results: { b: "b" },
      failed: 1,
      given: [["b", { a: null }]],
    });
  });

  test("keeps a tolerated failure however often the run fails and resumes", async () => {
    await using b = await bench({
      a: once("a"),
      b: [{ error: "1" }, { error: "2" }, { error: "3" }, { result: "b" }],
    });
    const id = await ended(b, workflow({ a: { continueOnError: true }, b: ["a"] }));
    await resumed(b, id);
    await resumed(b, id);
    expect(await resumed(b, id)).toMatchObject({
      status: "completed",
      given: [["b", { a: null }]],
    });
  });
});

describe("a tolerated failure", () => {
  test("is not an outcome while its attempt was only interrupted", async () => {
    const storage = openSqliteStorage({ path: ":memory:" });
    const first = await bench({ a: { hangs: true } }, { storage });
    const run = await first.engine.start(workflow({ a: { continueOnError: true }, b: ["a"] }));
    run.ending.catch(() => undefined);
    await first.clock.settle();
    await first.engine.close();
    await using b = await bench({ a: { result: "a" }, b: { result: "b" } }, { storage });
    expect(await resumed(b, run.id)).toEqual({
      status: "completed",
      results: { a: "a", b: "b" },
      failed: 0,
      given: [
        ["a", {}],
        ["b", { a: "a" }],
      ],
    });
  });

  test("stays when the run goes back to a checkpoint that has it; a later one starts again", async () => {
    await using b = await bench({
      a: once("a"),
      b: { result: "b" },
      late: once("late"),
      c: once("c"),
    });
    const steps = {
      a: { continueOnError: true },
      b: { dependencies: ["a"], checkpoint: "after-b" },
      late: { dependencies: ["b"], continueOnError: true },
      c: ["a", "late"],
    };
    const id = await ended(b, workflow(steps));
    const checkpointId = b.engine.checkpoints.latestCheckpoint(id)?.checkpointId ?? "";
    expect(b.engine.checkpoints.loadCheckpoint(checkpointId)).toMatchObject({
      completedSteps: ["b"],
      toleratedFailures: { a: "a broke" },
    });
    expect(await resumed(b, checkpointId)).toEqual({
      status: "completed",
      results: { b: "b", late: "late", c: "c" },
      failed: 1,
      given: [
        ["late", { b: "b" }],
        ["c", { a: null, late: "late" }],
      ],
    });
  });

  test("is the same for a reader of the journal and of a checkpoint after the resume", async () => {
    await using b = await bench({ a: once("a"), c: once("c") });
    const id = await ended(b, workflow({ ...chain, c: { dependencies: ["b"], checkpoint: "c" } }));
    await resumed(b, id);
    const whole = RunReader.open(b.engine.storage, id);
    for (const _ of whole.advance());
    const jumped = RunReader.open(b.engine.storage, id).catchUp();
    const stateOf = ({ machine }: RunReader) => [
      Context.steps(Machine.context(machine)),
      Context.metrics(Machine.context(machine)),
    ];
    expect(jumped.checkpoint).toBeDefined();
    expect(stateOf(jumped)).toEqual(stateOf(whole));
    expect(whole.view.step("a")).toMatchObject({ status: "failed", error: "a broke" });
    expect(whole.view.attempts("a").map(({ status }) => status)).toEqual(["failed"]);
  });
});

interface OlderRun {
  readonly definition: WorkflowData;
  readonly entries: readonly JournalEntry[];
  readonly checkpoints: readonly StoredCheckpoint[];
}

/** Stores a run that a version wrote which started tolerated failures again, and its journal. */
async function storeOlderRun(storage: StoragePort, older: OlderRun): Promise<string> {
  const runId = "older-run";
  const b = await bench({ a: { result: "a" }, c: { result: "c" } }, { storage });
  const definitionHash = storage.getRun(await ended(b, older.definition))?.definitionHash ?? "";
  await b.engine.close();
  const [first, last] = [older.entries[0]?.at ?? 0, older.entries.at(-1)?.at ?? 0];
  const run = {
    runId,
    workflowId: "older",
    definitionHash,
    inputs: {},
    context: {},
    createdAt: first,
    owner: { ownerId: "older", host: "h", pid: 1, processStart: "s" },
    leaseUntil: first,
  };
  const failed = {
    state: "failed",
    status: "failed",
    error: "step `c` failed: c broke",
    errorCode: "step_failed",
    updatedAt: last,
    finishedAt: last,
    release: true,
  } as const;
  const entries = older.entries.map((entry) => ({ ...entry, runId }));
  storage.commit({
    newRuns: [run],
    artifacts: [],
    logs: [],
    runs: [{ runId, leaseEpoch: 1, entries, checkpoints: older.checkpoints, run: failed }],
  });
  return runId;
}

describe("a journal in which a tolerated failure was started again after a resume", () => {
  const file = new URL(
    "../fixtures/journals/tolerated-failure-started-again.json",
    import.meta.url,
  );
  const older = JSON.parse(readFileSync(file, "utf8")) as OlderRun;

  test("is read as it was written, and the run resumes", async () => {
    const storage = openSqliteStorage({ path: ":memory:" });
    const runId = await storeOlderRun(storage, older);
    const reader = RunReader.open(storage, runId);
    for (const _ of reader.advance());
    expect(reader.view.results()).toEqual({ a: "a3", b: "b1" });
    expect(reader.view.attempts("a").map(({ status }) => status)).toEqual([
      "failed",
      "completed",
      "completed",
    ]);
    await using b = await bench({ c: { result: "c" } }, { storage });
    expect(await resumed(b, runId)).toEqual({
      status: "completed",
      results: { a: "a3", b: "b1", c: "c" },
      failed: 0,
      given: [["c", { a: "a3", b: "b1" }]],
    });
  });

  test("can go back to a checkpoint that the older version wrote, which keeps the failure", async () => {
    const storage = openSqliteStorage({ path: ":memory:" });
    await storeOlderRun(storage, older);
    await using b = await bench({ c: { result: "c" } }, { storage });
    expect(await resumed(b, older.checkpoints[0]?.checkpointId ?? "")).toEqual({
      status: "completed",
      results: { b: "b1", c: "c" },
      failed: 1,
      given: [["c", { a: null, b: "b1" }]],
    });
  });
});
