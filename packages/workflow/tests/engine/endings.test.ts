import { describe, expect, test } from "vitest";
import { type AgentRequest, openSqliteStorage, WorkflowEngine } from "../../src/index.js";
import { checkNotes } from "../../src/journal/check-notes.js";
import { SimulatedClock } from "../../src/testing/index.js";
import { normalStep, normalWorkflow } from "../support/normal-form.js";
import { bench } from "../support/workflows.js";

const HANDLERS = {
  failure: [normalStep("report", { task: "report ${{ run.error }}" })],
  always: [normalStep("clean")],
};

describe("handlers", () => {
  test("run after a failure, and the run keeps its error", async () => {
    await using b = await bench({ a: { error: "boom" } });
    const run = await b.engine.start(normalWorkflow({ a: [], b: ["a"] }, { on: HANDLERS }));
    const { status, error } = await b.clock.advanceUntil(run.ending);
    expect({ status, error, started: b.agent.started }).toEqual({
      ...{ status: "failed", error: expect.stringContaining("boom") },
      started: ["a", ":failure.report", ":always.clean"],
    });
    expect(b.agent.requests[1]?.task).toContain("boom");
  });

  test("run after a cancellation before the run ends; the row and the journal agree", async () => {
    await using b = await bench({
      a: { hangs: true },
      ":always.clean": { result: 1, afterMs: 500 },
    });
    const run = await b.engine.start(normalWorkflow({ a: [], b: ["a"] }, { on: HANDLERS }));
    await b.clock.settle();
    await run.cancel({ reason: "not now" });
    await b.clock.settle();
    const during = b.engine.storage.getRun(run.id);
    expect([during?.status, during?.error, b.agent.aborted]).toEqual([
      "running",
      undefined,
      [`${run.id}/a/1`],
    ]);
    expect((await b.engine.get(run.id))?.damage).toBeUndefined();
    const { status, error } = await b.clock.advanceUntil(run.ending);
    expect([status, error, b.agent.started]).toEqual([
      "cancelled",
      "not now",
      ["a", ":always.clean"],
    ]);
    const [listed] = await b.engine.list();
    expect([listed?.status, listed?.error, listed?.damage]).toEqual([
      "cancelled",
      "not now",
      undefined,
    ]);
  });

  test("run when the budget is used up, and the run then fails by it", async () => {
    await using b = await bench({ ":always.clean": { result: 1, afterMs: 500 } });
    const run = await b.engine.start(
      normalWorkflow(
        { a: [], b: ["a"] },
        { on: HANDLERS, budget: { launches: 1, at: [{ percent: 100, action: "fail" }] } },
      ),
    );
    await b.clock.settle();
    const during = b.engine.storage.getRun(run.id);
    expect([during?.status, during?.error, during?.errorCode]).toEqual([
      "running",
      undefined,
      undefined,
    ]);
    const { status, error } = await b.clock.advanceUntil(run.ending);
    const { errorCode } = b.engine.storage.getRun(run.id) ?? {};
    expect([status, error, errorCode, b.agent.started]).toEqual([
      "failed",
      "the budget is used up: launches 1 of 1",
      "budget_exceeded",
      ["a", ":failure.report", ":always.clean"],
    ]);
    const [listed] = await b.engine.list();
    expect([listed?.status, listed?.damage]).toEqual(["failed", undefined]);
    expect(checkNotes(b.engine.storage, run.id)).toBeUndefined();
    const failures = [...b.engine.storage.readJournal(run.id)].filter(
      ({ type }) => type === "workflow_failed",
    );
    expect(failures.map(({ payload }) => JSON.parse(payload)["cancelled"])).toEqual([
      ["b"],
      undefined,
    ]);
  });

  test("are left out by a second cancellation, which ends the run at once", async () => {
    await using b = await bench({ a: { hangs: true }, ":always.clean": { hangs: true } });
    const run = await b.engine.start(normalWorkflow({ a: [] }, { on: HANDLERS }));
    await b.clock.settle();
    await run.cancel();
    await b.clock.settle();
    await run.cancel();
    expect((await b.clock.advanceUntil(run.ending)).status).toBe("cancelled");
    expect(b.agent.aborted).toEqual([
      `${run.id}/a/1`,
      `${run.id}/${encodeURIComponent(":always.clean")}/1`,
    ]);
  });

  test("are left to the next resume by an engine that only cancels", async () => {
    const storage = openSqliteStorage({ path: ":memory:" });
    const clock = new SimulatedClock();
    const ports = { clock };
    const started: string[] = [];
    const open = (): Promise<WorkflowEngine> =>
      WorkflowEngine.open({
        ...{ storage, ports },
        agents: {
          worker: ({ stepId, signal }) => {
            started.push(stepId);
            return stepId === "a"
              ? new Promise((_, reject) =>
                  signal.addEventListener("abort", () => reject(signal.reason)),
                )
              : 1;
          },
        },
      });
    const first = await open();
    const run = await first.start(normalWorkflow({ a: [] }, { on: HANDLERS }));
    await clock.settle();
    await first.close();
    const other = await WorkflowEngine.open({ storage, ports });
    await other.cancel(run.id, { reason: "stop" });
    await other.close();
    const { state, owner } = storage.getRun(run.id) ?? {};
    expect([state, owner, started]).toEqual(["executing_steps", undefined, ["a"]]);
    const last = await open();
    const resumed = await last.resume(run.id);
    const { status, error } = await clock.advanceUntil(resumed.ending);
    expect([status, error, started]).toEqual(["cancelled", "stop", ["a", ":always.clean"]]);
    await last.close();
    storage.close();
  });
});

describe("a stop", () => {
  test("stops agents in flight and ends the run as it says, with its reason", async () => {
    await using b = await bench({ slow: { hangs: true } });
    const run = await b.engine.start(
      normalWorkflow({
        slow: [],
        first: [],
        halt: { after: ["first"], stop: { as: "cancelled", reason: "declined" } },
      }),
    );
    const { status, error } = await b.clock.advanceUntil(run.ending);
    expect([status, error, b.agent.aborted]).toEqual([
      "cancelled",
      "declined",
      [`${run.id}/slow/1`],
    ]);
    const row = [...b.engine.storage.readJournal(run.id)].find(
      ({ type }) => type === "step_completed",
    );
    expect(JSON.parse(row?.payload ?? "")).toEqual({
      result: { stepId: "first", attemptNumber: 1 },
      completed: ["halt"],
      composites: ["halt"],
      cancelled: ["slow"],
      stopped: "halt",
    });
    const [listed] = await b.engine.list();
    expect([listed?.status, listed?.damage]).toEqual(["cancelled", undefined]);
  });

  test("as failed has its own error code, and a resume comes to the same end", async () => {
    await using b = await bench();
    const run = await b.engine.start(
      normalWorkflow({ halt: { stop: { as: "failed", reason: "no budget" } } }),
    );
    const { status, error, errorCode } = await b.clock.advanceUntil(run.ending);
    expect([status, error, errorCode]).toEqual(["failed", "no budget", "stopped"]);
    const resumed = await b.engine.resume(run.id);
    expect((await b.clock.advanceUntil(resumed.ending)).errorCode).toBe("stopped");
  });
});

describe("total timeout", () => {
  test("stops the attempts inside, and fails the step without a retry", async () => {
    await using b = await bench({ a: { hangs: true }, b: { result: 1 } });
    const run = await b.engine.start(
      normalWorkflow({
        a: { totalTimeout: 5000, retries: 3, continueOnError: true },
        b: ["a"],
      }),
    );
    const startedAt = b.clock.now();
    expect((await b.clock.advanceUntil(run.ending)).status).toBe("completed");
    const [a] = run.steps();
    expect([a?.status, a?.detail?.reason, b.clock.now() - startedAt, b.agent.aborted]).toEqual([
      "failed",
      "timeout",
      5000,
      [`${run.id}/a/1`],
    ]);
  });
});

describe("a total timeout that is reached while no engine has the run", () => {
  test("fails the run when it is resumed, and starts no attempt until it is resumed again", async () => {
    const storage = openSqliteStorage({ path: ":memory:" });
    const clock = new SimulatedClock();
    const started: number[] = [];
    const hang = ({ attemptNumber, signal }: AgentRequest): Promise<never> => {
      started.push(attemptNumber);
      return new Promise((_, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason as Error)),
      );
    };
    const open = () => WorkflowEngine.open({ storage, agents: { "*": hang }, ports: { clock } });
    const workflow = `id: late
steps:
  - { id: a, agentId: worker, task: x, timeout: { total: 25s }, retries: 3 }
`;
    const first = await open();
    const { id } = await first.start(workflow);
    await clock.settle();
    await first.close();
    await clock.advance(25_000);
    const second = await open();
    const { status, error } = await clock.advanceUntil((await second.resume(id)).ending);
    expect([status, error, started]).toEqual([
      "failed",
      expect.stringContaining("longer than 25s"),
      [1],
    ]);
    await second.close();
    const third = await open();
    await third.resume(id);
    await clock.settle();
    expect(started).toEqual([1, 2]);
    await third.close();
    storage.close();
  });
});
