import { describe, expect, test } from "vitest";
import { openSqliteStorage, RunReader, WorkflowEngine } from "../../src/index.js";
import type { OpenQuestion } from "../../src/journal/open-questions.js";
import { SimulatedClock } from "../../src/testing/index.js";
import { gate, normalWorkflow } from "../support/normal-form.js";
import { bench } from "../support/workflows.js";

const REVIEWED = normalWorkflow({
  draft: [],
  review: { after: ["draft"], ...gate("Good?") },
  build: { after: ["review"], task: "build ${{ steps.review.output.size }}" },
});

describe("a run that only waits for an answer", () => {
  test("is paused with its questions, releases its lease, and continues with the answer", async () => {
    await using b = await bench({ draft: { result: "a" }, build: { result: "b" } });
    const run = await b.engine.start(REVIEWED);
    const { status, pausedFor, waitsFor } = await b.clock.advanceUntil(run.ending);
    const row = b.engine.storage.getRun(run.id);
    expect({ status, pausedFor, waitsFor, reason: row?.pauseReason, owner: row?.owner }).toEqual({
      ...{ status: "paused", pausedFor: "waiting", waitsFor: ["review"] },
      ...{ reason: "waiting", owner: undefined },
    });
    expect(await b.engine.gates()).toEqual([
      {
        ...{ runId: run.id, workflowId: "under-test", stepId: "review", attemptNumber: 1 },
        ...{ kind: "gate", ask: "Good?", form: { type: "object" } },
        openedAt: expect.any(Number),
      },
    ]);
    const resumed = await b.engine.answer(run.id, "review", { values: { size: "small" } });
    const ending = await b.clock.advanceUntil(resumed?.ending ?? Promise.reject());
    expect({ status: ending.status, results: ending.results }).toEqual({
      status: "completed",
      results: { draft: "a", review: { size: "small", approved: true }, build: "b" },
    });
    expect(b.agent.requests.at(-1)?.task).toBe("build small");
    expect(await b.engine.gates(run.id)).toEqual([]);
  });

  test("stays paused with `resume: false`; the answer is due for the next recovery", async () => {
    await using b = await bench();
    const run = await b.engine.start(REVIEWED);
    await b.clock.advanceUntil(run.ending);
    const before = b.engine.storage.getRun(run.id)?.wakeAt;
    await b.engine.answer(run.id, "review", { values: { size: "big" } }, { resume: false });
    const { status, wakeAt } = b.engine.storage.getRun(run.id) ?? {};
    expect({ before, status, wakeAt, started: b.agent.started }).toEqual({
      ...{ before: undefined, status: "paused", wakeAt: b.clock.now(), started: ["draft"] },
    });
    const { handles } = await b.engine.recover();
    const [handle] = handles;
    expect(handle?.id).toBe(run.id);
    expect((await b.clock.advanceUntil(handle?.ending ?? Promise.reject())).status).toBe(
      "completed",
    );
  });

  test("stays paused if a user paused it", async () => {
    await using b = await bench({ slow: { result: 1, afterMs: 1000 } });
    const run = await b.engine.start(normalWorkflow({ slow: [], review: gate("?") }));
    await b.clock.settle();
    await run.pause();
    const { pausedFor, waitsFor } = await b.clock.advanceUntil(run.ending);
    expect({ pausedFor, waitsFor }).toEqual({ pausedFor: "asked", waitsFor: ["review"] });
    expect(await b.engine.answer(run.id, "review", {})).toBeUndefined();
    expect(b.engine.storage.getRun(run.id)?.status).toBe("paused");
  });

  test("stays paused if a user pauses it while it waits", async () => {
    await using b = await bench();
    const run = await b.engine.start(REVIEWED);
    await b.clock.advanceUntil(run.ending);
    await b.engine.pause(run.id);
    await b.engine.pause(run.id);
    expect(await b.engine.answer(run.id, "review", { values: { size: "small" } })).toBeUndefined();
    const { status, pauseReason, wakeAt } = b.engine.storage.getRun(run.id) ?? {};
    const { view } = RunReader.open(b.engine.storage, run.id).catchUp();
    const pauses = [...b.engine.storage.readJournal(run.id)].filter(
      ({ type }) => type === "pause_workflow",
    );
    expect({
      ...{ status, pauseReason, wakeAt, pausedFor: view.pausedFor },
      pauses: pauses.map(({ payload }) => payload),
      recovered: (await b.engine.recover()).handles,
    }).toEqual({
      ...{ status: "paused", pauseReason: undefined, wakeAt: undefined, pausedFor: "asked" },
      ...{ pauses: ['{"reason":"waiting","waitsFor":["review"]}', "{}"], recovered: [] },
    });
    const resumed = await b.engine.resume(run.id);
    expect((await b.clock.advanceUntil(resumed.ending)).status).toBe("completed");
  });
});

describe("engine.answer", () => {
  test("counts at once while the run works on other steps", async () => {
    await using b = await bench({ slow: { result: 1, afterMs: 1000 } });
    const run = await b.engine.start(
      normalWorkflow({ slow: [], review: gate("?"), next: { after: ["review"] } }),
    );
    await b.clock.settle();
    await b.engine.answer(run.id, "review", { note: "fine", by: "Ann" });
    await b.clock.settle();
    expect(b.agent.started).toEqual(["slow", "next"]);
    expect((await b.clock.advanceUntil(run.ending)).status).toBe("completed");
  });

  test("refuses a second answer, an older attempt, a wrong form and an unknown step", async () => {
    await using b = await bench();
    const form = {
      type: "object",
      required: ["count"],
      properties: { count: { type: "integer" } },
      additionalProperties: false,
    };
    const run = await b.engine.start(
      normalWorkflow({ one: gate("?"), two: gate("How many?", { form }) }),
    );
    await b.clock.advanceUntil(run.ending);
    const seq = b.engine.storage.getRun(run.id)?.journalSeq;
    const refusal = (stepId: string, answer: object): Promise<unknown> =>
      b.engine.answer(run.id, stepId, answer, { resume: false }).then(
        () => "accepted",
        ({ code, message }: { code: string; message: string }) => `${code}: ${message}`,
      );
    expect(await refusal("two", { values: { count: "three" } })).toBe(
      `invalid_answer: The answer to \`two\` of run ${run.id} does not fit: ` +
        '$.count must be a whole number, not the string "three".',
    );
    expect(await refusal("one", { attemptNumber: 7 })).toContain("gate_not_open");
    expect(await refusal("three", {})).toBe(
      `invalid_argument: Run ${run.id} has no step \`three\`.`,
    );
    expect(b.engine.storage.getRun(run.id)?.journalSeq).toBe(seq);
    expect(await refusal("one", {})).toBe("accepted");
    expect(await refusal("one", {})).toBe(
      `gate_not_open: Step \`one\` of run ${run.id} does not wait for an answer: it is \`completed\`.`,
    );
  });

  test("refuses what is no answer before it reaches the run", async () => {
    await using b = await bench();
    const run = await b.engine.start(normalWorkflow({ one: gate("?") }));
    await b.clock.advanceUntil(run.ending);
    const answers: object[] = [{ aproved: true }, { done: 1 }, { approved: "yes" }];
    for (const answer of answers)
      await expect(b.engine.answer(run.id, "one", answer)).rejects.toMatchObject({
        code: "invalid_argument",
      });
    const values = { when: 1n };
    await expect(b.engine.answer(run.id, "one", { values })).rejects.toMatchObject({
      code: "invalid_argument",
      message: expect.stringContaining("`values` cannot be stored: "),
    });
  });

  test("keeps the beginning of a long name of the person who answers", async () => {
    await using b = await bench();
    const run = await b.engine.start(normalWorkflow({ one: gate("?"), two: gate("?") }));
    await b.clock.advanceUntil(run.ending);
    const by = `${"x".repeat(999)}🙂`;
    await b.engine.answer(run.id, "one", { by }, { resume: false });
    await b.engine.raiseBudget(run.id, { usd: 1 }, { by });
    const rows = [...b.engine.storage.readJournal(run.id)].slice(-2);
    expect(rows.map(({ payload }) => JSON.parse(payload) as object)).toEqual([
      expect.objectContaining({ by: `${"x".repeat(999)}\uFFFD` }),
      expect.objectContaining({ by: `${"x".repeat(999)}\uFFFD` }),
    ]);
  });

  test.each([true, false])("refuses the outcome `done: %s` for a gate", async (done) => {
    await using b = await bench();
    const run = await b.engine.start(normalWorkflow({ one: gate("?") }));
    await b.clock.advanceUntil(run.ending);
    await expect(b.engine.answer(run.id, "one", { done })).rejects.toMatchObject({
      code: "invalid_answer",
      message: `Step \`one\` of run ${run.id} is a gate: \`done\` does not answer it.`,
    });
    expect((await b.engine.gates(run.id)).map(({ stepId }) => stepId)).toEqual(["one"]);
  });

  test("records the answer and reports that this engine cannot resume the run", async () => {
    const storage = openSqliteStorage({ path: ":memory:" });
    const clock = new SimulatedClock();
    const ports = { clock };
    await using first = await WorkflowEngine.open({
      ...{ storage, ports },
      agents: { worker: () => 1 },
    });
    const run = await first.start(normalWorkflow({ one: gate("?"), next: { after: ["one"] } }));
    await clock.advanceUntil(run.ending);
    await using second = await WorkflowEngine.open({ storage, ports });
    await expect(second.answer(run.id, "one", {})).rejects.toMatchObject({
      code: "unknown_agent",
      message: expect.stringContaining(`This is recorded, but run ${run.id} waits: `),
    });
    expect(await second.gates(run.id)).toEqual([]);
    storage.close();
  });
});

describe("engine.signal", () => {
  test("reaches the waiting step, whose result is the data", async () => {
    await using b = await bench();
    const run = await b.engine.start(
      normalWorkflow({ deployed: { wait: { signal: "deployed" } }, next: ["deployed"] }),
    );
    const { waitsFor } = await b.clock.advanceUntil(run.ending);
    expect(waitsFor).toEqual(["deployed"]);
    const resumed = await b.engine.signal(run.id, "deployed", {
      data: { url: "x" },
      signalId: "1",
    });
    const { results } = await b.clock.advanceUntil(resumed?.ending ?? Promise.reject());
    expect(results["deployed"]).toEqual({ url: "x" });
  });

  test("is kept until a step waits for it, and refused a second time by its id", async () => {
    await using b = await bench();
    const run = await b.engine.start(
      normalWorkflow({
        first: gate("?"),
        go: { after: ["first"], wait: { signal: "go" } },
      }),
    );
    await b.clock.advanceUntil(run.ending);
    await b.engine.signal(run.id, "go", { data: 7, signalId: "a" }, { resume: false });
    await expect(b.engine.signal(run.id, "go", { signalId: "a" })).rejects.toMatchObject({
      code: "duplicate_signal",
    });
    const resumed = await b.engine.answer(run.id, "first", {});
    const { results } = await b.clock.advanceUntil(resumed?.ending ?? Promise.reject());
    expect(results["go"]).toBe(7);
  });

  test("stores large data as an artifact and reads it back", async () => {
    await using b = await bench();
    const data = "x".repeat(300_000);
    const run = await b.engine.start(normalWorkflow({ a: { wait: { signal: "s" } }, b: ["a"] }));
    await b.clock.advanceUntil(run.ending);
    const resumed = await b.engine.signal(run.id, "s", { data });
    const { results } = await b.clock.advanceUntil(resumed?.ending ?? Promise.reject());
    const rows = [...b.engine.storage.readJournal(run.id)];
    const row = rows.find(({ type }) => type === "signal_received");
    expect(row?.payload.slice(0, 13)).toBe('{"artifact":"');
    expect(results["a"]).toBe(data);
  });
});

describe("onAsk", () => {
  test("is called for each question that opens, and again when the run is resumed", async () => {
    const asked: string[] = [];
    const onAsk = ({ stepId, ask, runId }: OpenQuestion): void => {
      asked.push(`${runId.length > 0} ${stepId} ${ask}`);
      throw new Error("an observer must not affect the run");
    };
    await using b = await bench({}, { onAsk });
    const run = await b.engine.start(
      normalWorkflow({ a: [], one: gate("One?"), two: { after: ["a"], ...gate("Two?") } }),
    );
    await b.clock.advanceUntil(run.ending);
    expect(asked).toEqual(["true one One?", "true two Two?"]);
    const resumed = await b.engine.answer(run.id, "one", {});
    await b.clock.advanceUntil(resumed?.ending ?? Promise.reject());
    expect(asked).toEqual(["true one One?", "true two Two?", "true two Two?"]);
  });
});

describe("onAsk after a restored checkpoint", () => {
  test("is called once for each gate", async () => {
    const asked: string[] = [];
    const onAsk = ({ stepId }: OpenQuestion): void => void asked.push(stepId);
    await using b = await bench({}, { onAsk });
    const run = await b.engine.start(
      normalWorkflow({ one: gate("?"), two: { after: ["one"], ...gate("?") }, three: gate("?") }),
    );
    await b.clock.advanceUntil(run.ending);
    const checkpointId = await b.engine.checkpoint(run.id);
    await b.engine.answer(run.id, "one", {}, { resume: false });
    asked.length = 0;
    const restored = await b.engine.resume(checkpointId);
    await b.clock.advanceUntil(restored.ending);
    expect(asked).toEqual(["one", "three"]);
  });
});

describe("a question that expires", () => {
  test("while no process has the run, expires when the run is recovered", async () => {
    await using b = await bench();
    const run = await b.engine.start(
      normalWorkflow({
        ok: gate("?", { expiresMs: 60_000, onExpire: "approve" }),
        next: ["ok"],
      }),
    );
    await b.clock.advanceUntil(run.ending);
    const openedAt = b.clock.now();
    expect(b.engine.storage.getRun(run.id)?.wakeAt).toBe(openedAt + 60_000);
    expect((await b.engine.recover()).handles).toEqual([]);
    await b.clock.advance(61_000);
    const { handles } = await b.engine.recover();
    expect(handles.map(({ id }) => id)).toEqual([run.id]);
    const ending = await b.clock.advanceUntil(handles[0]?.ending ?? Promise.reject());
    expect({ status: ending.status, ok: ending.results["ok"] }).toEqual({
      status: "completed",
      ok: { approved: true },
    });
  });
});

describe("a gate in a checkpoint", () => {
  test("keeps its answer, which no row has as a result", async () => {
    await using b = await bench();
    const run = await b.engine.start(
      normalWorkflow({ ok: gate("?"), rest: { after: ["ok"], ...gate("Again?") } }),
    );
    await b.clock.advanceUntil(run.ending);
    await b.engine.answer(run.id, "ok", { values: { n: 1 } }, { resume: false });
    await b.engine.checkpoint(run.id, "middle");
    const resumed = await b.engine.answer(run.id, "rest", {});
    const { results } = await b.clock.advanceUntil(resumed?.ending ?? Promise.reject());
    expect(resumed?.problems).toEqual([]);
    expect(results).toEqual({ ok: { n: 1, approved: true }, rest: { approved: true } });
  });

  test("is restored with its answer while it is open, and the entry lists it only as kept", async () => {
    await using b = await bench();
    const run = await b.engine.start(
      normalWorkflow({ ok: gate("?"), rest: { after: ["ok"], ...gate("Again?") } }),
    );
    await b.clock.advanceUntil(run.ending);
    const before = await b.engine.checkpoint(run.id, "before");
    await b.clock.advance(10);
    await b.engine.answer(run.id, "ok", {}, { resume: false });
    const answered = await b.engine.checkpoint(run.id, "answered");
    for (const checkpoint of [before, answered]) {
      await b.clock.advance(10);
      const restored = await b.engine.resume(checkpoint);
      await b.clock.advanceUntil(restored.ending);
    }
    const rows = [...b.engine.storage.readJournal(run.id)].filter(
      ({ type }) => type === "restore_checkpoint",
    );
    expect(rows.map(({ payload }) => JSON.parse(payload) as unknown)).toEqual([
      {
        ...{ checkpointId: before, completed: [] },
        followed: { opened: ["ok"], leaves: ["ok"] },
      },
      {
        ...{ checkpointId: answered, completed: ["ok"] },
        followed: { opened: ["rest"], leaves: ["rest"] },
      },
    ]);
  });
});
