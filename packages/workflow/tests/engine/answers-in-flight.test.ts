import { describe, expect, test, vi } from "vitest";
import { RunFiles } from "../../src/engine/RunFiles.js";
import {
  AgentError,
  openSqliteStorage,
  type StoragePort,
  WorkflowEngine,
} from "../../src/index.js";
import { SimulatedClock } from "../../src/testing/index.js";
import { gate, normalWorkflow } from "../support/normal-form.js";

/** What the agent of a step `pay` does. */
const lost = (): never => {
  throw new AgentError("lost", { class: "unknown" });
};

interface TwoEngines extends AsyncDisposable {
  readonly clock: SimulatedClock;
  readonly storage: StoragePort;
  readonly owner: WorkflowEngine;
  readonly other: WorkflowEngine;
  readonly started: string[];
}

/** Two engines on one database and one clock; the steps `slow` take 90 ms. */
async function twoEngines(): Promise<TwoEngines> {
  const clock = new SimulatedClock();
  const storage = openSqliteStorage({ path: ":memory:" });
  const started: string[] = [];
  const open = (name: string): Promise<WorkflowEngine> =>
    WorkflowEngine.open({
      storage,
      ports: { clock },
      agents: {
        worker: ({ stepId }) => {
          started.push(`${stepId} by ${name}`);
          if (stepId === "pay") lost();
          return stepId === "slow"
            ? new Promise((resolve) => clock.setTimer(90, () => resolve(1)))
            : 1;
        },
      },
    });
  const [owner, other] = [await open("owner"), await open("other")];
  return {
    ...{ clock, storage, owner, other, started },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([owner.close(), other.close()]);
      storage.close();
    },
  };
}

const ASKED = normalWorkflow({ slow: [], ask: gate("?"), next: ["ask", "slow"] });

describe("an answer that arrives just before its owner would pause the run", () => {
  test("is performed by the owner, which does not pause", async () => {
    await using t = await twoEngines();
    const run = await t.owner.start(ASKED);
    await t.clock.advance(50);
    const answered = t.other.answer(run.id, "ask", {});
    await t.clock.advance(45);
    expect(t.storage.getRun(run.id)?.status).toBe("running");
    expect(await t.clock.advanceUntil(answered)).toBeUndefined();
    expect((await t.clock.advanceUntil(run.ending)).status).toBe("completed");
    expect(t.started).toEqual(["slow by owner", "next by owner"]);
    const types = [...t.storage.readJournal(run.id)].map(({ type }) => type);
    expect(types).not.toContain("pause_workflow");
  });
});

describe("a command whose owner releases the run", () => {
  test("is performed by its sender instead of being lost", async () => {
    await using t = await twoEngines();
    const run = await t.owner.start(ASKED);
    await t.clock.advance(50);
    // The inbox of this owner hears nothing.
    const pending = vi.spyOn(t.storage, "pendingCommands").mockReturnValue([]);
    const answered = t.other.answer(run.id, "ask", {});
    const { status, pausedFor } = await t.clock.advanceUntil(run.ending);
    const resumed = await t.clock.advanceUntil(answered);
    pending.mockRestore();
    expect([status, pausedFor]).toEqual(["paused", "waiting"]);
    expect((await t.clock.advanceUntil(resumed?.ending ?? Promise.reject())).status).toBe(
      "completed",
    );
    expect(t.started).toEqual(["slow by owner", "next by other"]);
  });
});

describe("an answer whose files are still being read", () => {
  const PAID = normalWorkflow({ slow: [], pay: { effect: "external" }, next: ["pay", "slow"] });

  /** Delays the next reading of files until `until` has settled. */
  function delayFiles(until: Promise<unknown>): void {
    vi.spyOn(RunFiles.prototype, "collectUnknown").mockImplementationOnce(async () => {
      await until.catch(() => undefined);
      return undefined;
    });
  }

  test("is recorded although the run pauses meanwhile", async () => {
    await using t = await twoEngines();
    const run = await t.owner.start(PAID);
    await t.clock.advance(50);
    delayFiles(run.ending);
    const answered = t.owner.answer(run.id, "pay", { done: true, result: 7 });
    expect((await t.clock.advanceUntil(run.ending)).status).toBe("paused");
    const resumed = await t.clock.advanceUntil(answered);
    const { status, results } = await t.clock.advanceUntil(resumed?.ending ?? Promise.reject());
    expect([status, results["pay"]]).toEqual(["completed", 7]);
  });

  test("is not recorded once its sender has withdrawn it", async () => {
    await using t = await twoEngines();
    const run = await t.owner.start(PAID);
    await t.clock.advance(50);
    const { promise, resolve } = Promise.withResolvers<void>();
    delayFiles(promise);
    const sent = vi.spyOn(t.storage, "sendCommand");
    const answered = t.other.answer(run.id, "pay", { done: true });
    answered.catch(() => undefined);
    const received = vi.spyOn(RunFiles.prototype, "collectUnknown");
    await t.clock.advance(60);
    expect(received).toHaveBeenCalledTimes(1);
    t.storage.answerCommand(
      Number(sent.mock.results[0]?.value),
      JSON.stringify({ ok: false, code: "run_owned_elsewhere", message: "withdrawn" }),
      t.clock.now(),
    );
    resolve();
    await t.clock.advanceUntil(run.ending);
    await expect(t.clock.advanceUntil(answered)).rejects.toMatchObject({
      code: "run_owned_elsewhere",
    });
    const types = [...t.storage.readJournal(run.id)].map(({ type }) => type);
    expect(types).not.toContain("gate_answered");
  });
});

describe("a command whose owner records it, and ends before it replies", () => {
  const journalOf = (t: TwoEngines, runId: string): string[] =>
    [...t.storage.readJournal(runId)].map(({ type }) => type);

  /** Loses the next reply of an owner. */
  const loseReply = (t: TwoEngines): unknown =>
    vi.spyOn(t.storage, "answerCommand").mockImplementationOnce(() => undefined);

  test.each([
    ["is free", true, { slow: [], ask: gate("?"), rest: gate("?") }],
    ["has ended", true, { slow: [], ask: gate("?") }],
    ["is still owned", false, { slow: [], ask: gate("?"), rest: gate("?") }],
  ] as const)("is an answer that counts once, if the run %s", async (_, isClosed, steps) => {
    await using t = await twoEngines();
    const run = await t.owner.start(normalWorkflow(steps));
    await t.clock.advance(50);
    loseReply(t);
    const answer = { values: { size: "x".repeat(300_000) }, note: "fine", by: "Ann" };
    const answered = t.other.answer(run.id, "ask", answer, { resume: false });
    await t.clock.advance(60);
    run.ending.catch(() => undefined);
    if (isClosed) await t.owner.close();
    expect(await t.clock.advanceUntil(answered)).toBeUndefined();
    expect(journalOf(t, run.id).filter((type) => type === "gate_answered")).toHaveLength(1);
  });

  test("is a signal without an id that is received once", async () => {
    await using t = await twoEngines();
    const run = await t.owner.start(normalWorkflow({ slow: [], rest: gate("?") }));
    await t.clock.advance(50);
    loseReply(t);
    const sent = t.other.signal(run.id, "go", { data: 1 }, { resume: false });
    await t.clock.advance(60);
    run.ending.catch(() => undefined);
    await t.owner.close();
    expect(await t.clock.advanceUntil(sent)).toBeUndefined();
    expect(journalOf(t, run.id).filter((type) => type === "signal_received")).toHaveLength(1);
  });

  test("is sent again if the journal has only another answer", async () => {
    await using t = await twoEngines();
    const run = await t.owner.start(normalWorkflow({ slow: [], ask: gate("?"), rest: gate("?") }));
    await t.clock.advance(50);
    vi.spyOn(t.storage, "pendingCommands").mockReturnValue([]);
    const rejected = t.other.answer(run.id, "ask", { approved: false }, { resume: false });
    rejected.catch(() => undefined);
    await t.clock.advance(30);
    await t.owner.answer(run.id, "ask", { note: "fine" });
    await expect(t.clock.advanceUntil(rejected)).rejects.toMatchObject({ code: "gate_not_open" });
  });
});

describe("a value that is not exactly JSON", () => {
  const refused = {
    values: [{ n: Number.NaN }, "`values` cannot be stored: `values.n` is NaN."],
    result: [new Map(), "`result` cannot be stored: `result` is an object of the class Map."],
    data: [1n, "`data` cannot be stored: `data` is a bigint."],
  } as const;

  test.each([
    ["the engine that owns the run", "owner"],
    ["another engine", "other"],
  ] as const)("is refused by %s", async (_, engine) => {
    await using t = await twoEngines();
    const run = await t.owner.start(ASKED);
    await t.clock.advance(50);
    const refusal = (done: Promise<unknown>): Promise<unknown> =>
      done.then(
        () => "accepted",
        ({ code, message }: { code: string; message: string }) => [code, message],
      );
    const values = { ...refused.values[0] };
    expect([
      await refusal(t[engine].answer(run.id, "ask", { values })),
      await refusal(t[engine].answer(run.id, "ask", { done: true, result: refused.result[0] })),
      await refusal(t[engine].signal(run.id, "go", { data: refused.data[0] })),
    ]).toEqual(Object.values(refused).map(([, message]) => ["invalid_argument", message]));
    await t.clock.advanceUntil(run.ending);
    const types = [...t.storage.readJournal(run.id)].map(({ type }) => type);
    expect([types.includes("gate_answered"), types.includes("signal_received")]).toEqual([
      false,
      false,
    ]);
  });
});

describe("two answers at once to a run without an owner", () => {
  const TWO = normalWorkflow({ one: gate("?"), two: gate("?"), next: ["one", "two"] });

  test("are both recorded", async () => {
    await using t = await twoEngines();
    const run = await t.owner.start(TWO);
    await t.clock.advanceUntil(run.ending);
    let first: Promise<unknown> | undefined;
    // The other engine claims the run after this one has read it.
    const acquireLease = t.storage.acquireLease.bind(t.storage);
    vi.spyOn(t.storage, "acquireLease").mockImplementationOnce((request) => {
      first = t.other.answer(run.id, "two", {}, { resume: false });
      return acquireLease(request);
    });
    const second = t.owner.answer(run.id, "one", {}, { resume: false });
    await t.clock.advanceUntil(Promise.all([first, second]));
    const answered = [...t.storage.readJournal(run.id)].filter(
      ({ type }) => type === "gate_answered",
    );
    expect(new Set(answered.map(({ stepId }) => stepId))).toEqual(new Set(["one", "two"]));
  });
});
