import type { JournalEntry } from "@automatosx/schemas";
import { describe, expect, test } from "vitest";
import { type ExecutionBackend, prepareWorkflow } from "../../src/index.js";
import { bench, workflow } from "../support/workflows.js";

const prepared = prepareWorkflow(workflow({ a: [], b: ["a"] }, { name: "a name" }));

async function read(
  backend: ExecutionBackend,
  runId: string,
  afterSeq?: number,
): Promise<JournalEntry[]> {
  const rows: JournalEntry[] = [];
  const options = afterSeq === undefined ? {} : { afterSeq };
  for await (const row of backend.journal(runId, options)) rows.push(row);
  return rows;
}

describe("WorkflowEngine as an ExecutionBackend", () => {
  test("lists and gets the summary of a run", async () => {
    await using b = await bench();
    const { id: runId } = await b.engine.start(prepared);
    await read(b.engine, runId);
    const summary = await b.engine.get(runId);
    expect([await b.engine.list(), summary]).toEqual([
      [summary],
      {
        runId,
        workflowId: "under-test",
        workflowName: "a name",
        workflowVersion: "1.0.0",
        state: "completed",
        status: "completed",
        isOrphaned: false,
        stepCount: 2,
        createdAt: b.clock.now(),
        updatedAt: b.clock.now(),
        finishedAt: b.clock.now(),
        journalSeq: 12,
      },
    ]);
  });

  test("lists the runs that match a filter, newest first", async () => {
    await using b = await bench({ x: { error: "no" } });
    const first = await b.engine.start(workflow({ x: [] }));
    await first.ending;
    const second = await b.engine.start(prepared);
    // Ids of one instant are in no order.
    await b.clock.advance(1);
    const third = await b.engine.start(prepared);
    await Promise.all([second.ending, third.ending]);
    const ids = async (filter?: Parameters<ExecutionBackend["list"]>[0]): Promise<string[]> =>
      (await b.engine.list(filter)).map(({ runId }) => runId);
    expect([
      await ids({ status: "failed" }),
      await ids({ workflowId: "another" }),
      await ids({ limit: 1 }),
    ]).toEqual([[first.id], [], [third.id]]);
  });

  test("knows no run by another id", async () => {
    await using b = await bench();
    expect([
      await b.engine.get("none"),
      await b.engine.send("none", { verb: "pause" }),
      await read(b.engine, "none").catch((error: { code: string }) => error.code),
    ]).toEqual([
      undefined,
      {
        ok: false,
        code: "run_not_found",
        message: "Run `none` does not exist.",
        remedy: expect.any(String) as string,
      },
      "run_not_found",
    ]);
  });

  test("can hold every workflow", async () => {
    await using b = await bench();
    expect(b.engine.validate(prepared)).toEqual([]);
  });

  test("reads what agents printed, and every attempt", async () => {
    await using b = await bench();
    const run = await b.engine.start(prepared);
    await run.ending;
    b.agent.requests[0]?.log("late", "stderr");
    await b.clock.advance(1000);
    const logs = await b.engine.reading.logs(run.id, { stepId: "a" });
    const attempts = await b.engine.reading.attempts(run.id);
    expect([
      logs.map(({ stepId, stream, text }) => [stepId, stream, text]),
      attempts.map(({ stepId, attemptNumber, status }) => [stepId, attemptNumber, status]),
    ]).toEqual([
      [["a", "stderr", "late"]],
      [
        ["a", 1, "completed"],
        ["b", 1, "completed"],
      ],
    ]);
  });
});

describe("WorkflowEngine.journal", () => {
  test("yields stored rows, then new ones, until the run has ended", async () => {
    await using b = await bench({ b: { result: 1, afterMs: 1000 } });
    const run = await b.engine.start(prepared);
    await b.clock.settle();
    const following = read(b.engine, run.id);
    const storedCount = [...b.engine.storage.readJournal(run.id)].length;
    await b.clock.advanceUntil(run.ending);
    const rows = await following;
    expect([rows, storedCount < rows.length]).toEqual([
      [...b.engine.storage.readJournal(run.id)],
      true,
    ]);
  });

  test("begins after the entry that the caller has", async () => {
    await using b = await bench();
    const run = await b.engine.start(prepared);
    await run.ending;
    const [all, rest] = [await read(b.engine, run.id), await read(b.engine, run.id, 10)];
    expect(rest).toEqual(all.slice(10));
  });

  test("ends when its signal is aborted, though the run continues", async () => {
    await using b = await bench({ a: { hangs: true } });
    const run = await b.engine.start(prepared);
    run.ending.catch(() => undefined);
    const controller = new AbortController();
    const types: string[] = [];
    for await (const { type } of b.engine.journal(run.id, { signal: controller.signal })) {
      types.push(type);
      if (type === "execute_step_batch") controller.abort();
    }
    expect([types.at(-1), run.state]).toEqual(["execute_step_batch", "awaiting_completion"]);
  });

  test("ends when a paused run is at rest", async () => {
    await using b = await bench({ a: { result: 1, afterMs: 100 } });
    const run = await b.engine.start(prepared);
    const following = read(b.engine, run.id);
    await run.pause();
    await b.clock.advanceUntil(run.ending);
    expect((await following).at(-1)).toMatchObject({ type: "step_completed", stepId: "a" });
  });
});

describe("WorkflowEngine.send", () => {
  test("resumes in this engine a run that no engine owns", async () => {
    await using b = await bench({ a: [{ error: "once" }, { result: 1 }] });
    const { id } = await b.engine.start(prepared);
    await read(b.engine, id);
    const outcome = await b.engine.send(id, { verb: "resume" });
    await read(b.engine, id);
    expect([outcome, (await b.engine.get(id))?.status]).toEqual([{ ok: true }, "completed"]);
  });

  test("answers with the id of a checkpoint, or with the refusal", async () => {
    await using b = await bench({ a: { hangs: true } });
    const { id } = await b.engine.start(prepared);
    const outcomes = [
      await b.engine.send(id, { verb: "checkpoint", name: "here" }),
      await b.engine.send(id, { verb: "checkpoint", name: "" }),
      await b.engine.send(id, { verb: "resume" }),
      await b.engine.send(id, { verb: "cancel" }),
    ];
    const [checkpoint] = b.engine.checkpoints.listCheckpoints(id);
    expect(outcomes).toMatchObject([
      { ok: true, checkpointId: checkpoint?.checkpointId },
      { ok: false, code: "invalid_argument" },
      { ok: false, code: "run_not_resumable" },
      { ok: true },
    ]);
  });

  test("pauses and stops the agents of a run in another engine", async () => {
    await using b = await bench({ a: { hangs: true } });
    const { id } = await b.engine.start(prepared);
    await using other = await bench({}, { storage: b.engine.storage, ports: { clock: b.clock } });
    const sent = other.engine.send(id, { verb: "pause", stopAgents: true });
    expect([
      await b.clock.advanceUntil(sent),
      b.agent.aborted,
      (await b.engine.get(id))?.status,
    ]).toEqual([{ ok: true }, [`${id}/a/1`], "paused"]);
  });

  test("returns an answer that came while the sender was stopped", async () => {
    await using b = await bench({ a: { hangs: true } });
    const { id } = await b.engine.start(prepared);
    await using other = await bench({}, { storage: b.engine.storage });
    const sent = other.engine.send(id, { verb: "pause", stopAgents: true });
    await b.clock.advance(200);
    other.clock.standStill(20_000);
    expect(await other.clock.advanceUntil(sent)).toEqual({ ok: true });
  });

  test("rejects when the storage fails", async () => {
    await using b = await bench({ a: { hangs: true } });
    const { id } = await b.engine.start(prepared);
    await b.engine.close();
    await expect(b.engine.send(id, { verb: "pause" })).rejects.toMatchObject({
      code: "engine_closed",
    });
  });
});
