import { describe, expect, test } from "vitest";
import { openSqliteStorage, WorkflowEngine } from "../../src/index.js";
import { SimulatedClock } from "../../src/testing/index.js";
import { childRun, gate, normalStep, normalWorkflow } from "../support/normal-form.js";
import { bench } from "../support/workflows.js";

const child = normalWorkflow({ a: [], b: ["a"] }, { id: "child" });
const parent = normalWorkflow({ audit: childRun(child), end: ["audit"] }, {}, [child]);

const asking = normalWorkflow({ review: gate("Go?") }, { id: "asking" });
const patient = normalWorkflow({ audit: childRun(asking), end: ["audit"] }, {}, [asking]);

const statusOf = (engine: WorkflowEngine, runId: string): unknown => {
  const { status, pauseReason } = engine.storage.getRun(runId) ?? {};
  return pauseReason === undefined ? status : [status, pauseReason];
};

describe("a pause of the parent", () => {
  test("pauses its run, whose agents finish, and a resume continues both", async () => {
    await using b = await bench({ a: { result: 1, afterMs: 1000 }, b: { result: 2 } });
    const run = await b.engine.start(parent, { runId: "r" });
    await b.clock.settle();
    await run.pause();
    expect((await b.clock.advanceUntil(run.ending)).status).toBe("paused");
    expect([statusOf(b.engine, "r"), statusOf(b.engine, "r.audit"), b.agent.started]).toEqual([
      ...["paused", "paused"],
      ["a"],
    ]);
    const resumed = await b.engine.resume("r");
    expect((await b.clock.advanceUntil(resumed.ending)).status).toBe("completed");
    expect(b.agent.started).toEqual(["a", "b", "end"]);
  });

  test("with `stopAgents` stops the agents of its run as well", async () => {
    await using b = await bench({ a: [{ hangs: true }, { result: 1 }] });
    const run = await b.engine.start(parent, { runId: "r" });
    await b.clock.settle();
    await run.pause({ stopAgents: true });
    expect((await b.clock.advanceUntil(run.ending)).status).toBe("paused");
    expect(b.agent.aborted).toEqual([expect.stringMatching(/^r\.audit@\d+\/a\/1$/)]);
    const resumed = await b.engine.resume("r");
    expect((await b.clock.advanceUntil(resumed.ending)).status).toBe("completed");
  });

  test("that is withdrawn while an agent of the run finishes lets the run continue", async () => {
    await using b = await bench({ a: { result: 1, afterMs: 1000 } });
    const run = await b.engine.start(parent, { runId: "r" });
    await b.clock.settle();
    await run.pause();
    await b.clock.settle();
    expect(statusOf(b.engine, "r.audit")).toBe("paused");
    await run.resume();
    expect((await b.clock.advanceUntil(run.ending)).status).toBe("completed");
    expect([...b.engine.storage.readJournal("r")].map(({ type }) => type)).not.toContain(
      "step_failed",
    );
  });

  test("is not undone by an answer to its run", async () => {
    await using b = await bench();
    const run = await b.engine.start(patient, { runId: "r" });
    await b.clock.advanceUntil(run.ending);
    await b.engine.pause("r");
    expect(await b.engine.answer("r.audit", "review", { approved: true })).toBeUndefined();
    expect([statusOf(b.engine, "r"), statusOf(b.engine, "r.audit")]).toEqual([
      "paused",
      ["paused", "waiting"],
    ]);
    const resumed = await b.engine.resume("r");
    expect((await b.clock.advanceUntil(resumed.ending)).status).toBe("completed");
  });
});

describe("a user who pauses the child run alone", () => {
  test("lets the parent wait until one of the two is resumed", async () => {
    for (const id of ["r", "r.audit"]) {
      await using b = await bench({ a: { result: 1, afterMs: 1000 } });
      const run = await b.engine.start(parent, { runId: "r" });
      await b.clock.settle();
      await b.engine.pause("r.audit");
      await b.clock.advanceUntil(run.ending);
      expect([statusOf(b.engine, "r"), statusOf(b.engine, "r.audit")]).toEqual([
        ["paused", "waiting"],
        "paused",
      ]);
      await b.engine.resume(id);
      const resumed = b.engine.activeRun("r");
      expect((await b.clock.advanceUntil(resumed?.ending ?? run.ending)).status).toBe("completed");
      expect(b.agent.started).toEqual(["a", "b", "end"]);
    }
  });

  test("lets all runs below it wait, until the outermost is resumed", async () => {
    const middle = normalWorkflow({ audit: childRun(child) }, { id: "middle" }, [child]);
    const outer = normalWorkflow({ in: childRun(middle) }, {}, [middle, child]);
    await using b = await bench({ a: { result: 1, afterMs: 1000 } });
    const run = await b.engine.start(outer, { runId: "r" });
    await b.clock.settle();
    await b.engine.pause("r.in");
    await b.clock.advanceUntil(run.ending);
    expect(["r", "r.in", "r.in.audit"].map((id) => statusOf(b.engine, id))).toEqual([
      ["paused", "waiting"],
      "paused",
      "paused",
    ]);
    const resumed = await b.engine.resume("r");
    expect((await b.clock.advanceUntil(resumed.ending)).status).toBe("completed");
    expect(b.agent.started).toEqual(["a", "b"]);
  });

  test("keeps it paused when something else resumes the parent", async () => {
    const both = normalWorkflow({ audit: childRun(child), review: gate("Go?") }, {}, [child]);
    await using b = await bench({ a: { result: 1, afterMs: 1000 } });
    const run = await b.engine.start(both, { runId: "r" });
    await b.clock.settle();
    await b.engine.pause("r.audit");
    await b.clock.advanceUntil(run.ending);
    const resumed = await b.engine.answer("r", "review", { approved: true });
    const { status, waitsFor } = await b.clock.advanceUntil(resumed?.ending ?? run.ending);
    expect([status, waitsFor, statusOf(b.engine, "r.audit")]).toEqual([
      "paused",
      ["audit"],
      "paused",
    ]);
  });
});

describe("a cancellation of the parent", () => {
  test("cancels its run, and ends when that has ended", async () => {
    const careful = normalWorkflow(
      { a: [] },
      { id: "careful", on: { always: [normalStep("clean")] } },
    );
    await using b = await bench({
      a: { hangs: true },
      ":always.clean": { result: 1, afterMs: 500 },
    });
    const run = await b.engine.start(normalWorkflow({ in: childRun(careful) }, {}, [careful]), {
      runId: "r",
    });
    await b.clock.settle();
    await run.cancel({ reason: "enough" });
    expect((await b.clock.advanceUntil(run.ending)).status).toBe("cancelled");
    const stored = b.engine.storage.getRun("r.in");
    expect([stored?.status, stored?.error, b.agent.started]).toEqual([
      ...["cancelled", "enough"],
      ["a", ":always.clean"],
    ]);
  });

  test("cancels a run that waits, also by an engine that does not run the parent", async () => {
    const storage = openSqliteStorage({ path: ":memory:" });
    const clock = new SimulatedClock();
    const options = { storage, ports: { clock }, agents: { worker: () => 1 } };
    const engine = await WorkflowEngine.open(options);
    const run = await engine.start(patient, { runId: "r" });
    await clock.advanceUntil(run.ending);
    await engine.close();
    const other = await WorkflowEngine.open({ storage, ports: { clock } });
    await other.cancel("r");
    expect([statusOf(other, "r"), statusOf(other, "r.audit")]).toEqual(["cancelled", "cancelled"]);
    await other.close();
    storage.close();
  });

  test("cancels a run that waits when the parent is in progress", async () => {
    const both = normalWorkflow({ audit: childRun(asking), slow: [] }, {}, [asking]);
    await using b = await bench({ slow: { hangs: true } });
    const run = await b.engine.start(both, { runId: "r" });
    await b.clock.settle();
    await run.cancel();
    expect((await b.clock.advanceUntil(run.ending)).status).toBe("cancelled");
    expect(statusOf(b.engine, "r.audit")).toBe("cancelled");
  });

  test("runs the handlers of a run that waits, before the parent ends", async () => {
    const careful = normalWorkflow(
      { deep: childRun(asking) },
      { id: "careful", on: { always: [normalStep("clean")] } },
      [asking],
    );
    const both = { audit: childRun(careful), first: [], slow: ["first"] };
    await using b = await bench({
      slow: { hangs: true },
      ":always.clean": { result: 1, afterMs: 500 },
    });
    const run = await b.engine.start(normalWorkflow(both, {}, [careful, asking]), { runId: "r" });
    await b.clock.settle();
    await run.cancel();
    expect((await b.clock.advanceUntil(run.ending)).status).toBe("cancelled");
    expect(
      ["r.audit", "r.audit.deep"].map((id) => [
        statusOf(b.engine, id),
        b.engine.storage.getRun(id)?.error,
      ]),
    ).toEqual([
      ["cancelled", "the run that started it needs it no longer"],
      ["cancelled", "the run that started it needs it no longer"],
    ]);
    expect(b.agent.started.filter((id) => id === ":always.clean")).toHaveLength(1);
  });

  test("a stop cancels it too, and a stop inside the child run ends only that", async () => {
    const stopping = normalWorkflow(
      { halt: { stop: { as: "completed", reason: "nothing to do" } }, never: { after: ["halt"] } },
      { id: "stopping" },
    );
    const steps = {
      audit: childRun(asking),
      first: childRun(stopping),
      halt: { after: ["first"], stop: { as: "completed" as const } },
    };
    await using b = await bench();
    const run = await b.engine.start(normalWorkflow(steps, {}, [asking, stopping]), {
      runId: "r",
    });
    expect((await b.clock.advanceUntil(run.ending)).status).toBe("completed");
    expect([statusOf(b.engine, "r.audit"), statusOf(b.engine, "r.first")]).toEqual([
      "cancelled",
      "completed",
    ]);
  });
});
