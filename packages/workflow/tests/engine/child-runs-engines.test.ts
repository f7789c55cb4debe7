import { describe, expect, onTestFinished, test, vi } from "vitest";
import {
  openSqliteStorage,
  type StoragePort,
  WorkflowEngine,
  WorkflowError,
} from "../../src/index.js";
import { ScriptedAgent, type ScriptedAnswer, SimulatedClock } from "../../src/testing/index.js";
import { childRun, gate, normalStep, normalWorkflow } from "../support/normal-form.js";

const asking = normalWorkflow(
  { review: gate("Go?"), after: ["review"] },
  { id: "asking", outputs: { said: "${{ steps.after.output }}" } },
);
const patient = normalWorkflow({ audit: childRun(asking), end: ["audit"] }, {}, [asking]);
const busy = normalWorkflow({ audit: childRun(asking), slow: [] }, {}, [asking]);

/** A database and a clock that several engines share, as processes do. */
class Place {
  readonly clock = new SimulatedClock();
  readonly storage: StoragePort = openSqliteStorage({ path: ":memory:" });

  constructor() {
    onTestFinished(() => this.storage.close());
  }

  async open(script: Record<string, ScriptedAnswer> = {}): Promise<WorkflowEngine> {
    const engine = await WorkflowEngine.open({
      storage: this.storage,
      ports: { clock: this.clock },
      agents: { "*": new ScriptedAgent(script, this.clock) },
    });
    onTestFinished(() => engine.close());
    return engine;
  }

  status(runId: string): unknown {
    const { status, pauseReason } = this.storage.getRun(runId) ?? {};
    return pauseReason === undefined ? status : [status, pauseReason];
  }

  outcomesOf(runId: string, stepId: string): string[] {
    return [...this.storage.readJournal(runId)]
      .filter((entry) => entry.stepId === stepId)
      .map(({ type, payload }) => `${type} ${JSON.parse(payload)["reason"] ?? "-"}`);
  }
}

describe("an answer to a child run", () => {
  test("resumes the run that waits for it, and returns the handle of that run", async () => {
    for (const [runId, path] of [
      ["r", "audit.review"],
      ["r.audit", "review"],
    ] as const) {
      const place = new Place();
      const engine = await place.open();
      const run = await engine.start(patient, { runId: "r" });
      await place.clock.advanceUntil(run.ending);
      const resumed = await engine.answer(runId, path, { approved: true });
      expect(resumed?.id).toBe("r");
      const { status } = await place.clock.advanceUntil(resumed?.ending ?? run.ending);
      expect(status).toBe("completed");
    }
  });

  test("lets a parent in progress join its run again", async () => {
    const place = new Place();
    const engine = await place.open({ slow: { result: 1, afterMs: 60_000 } });
    const run = await engine.start(busy, { runId: "r" });
    await place.clock.settle();
    expect(place.status("r.audit")).toEqual(["paused", "waiting"]);
    expect((await engine.answer("r.audit", "review", { approved: true }))?.id).toBe("r");
    await place.clock.settle();
    expect([place.status("r"), place.status("r.audit")]).toEqual(["running", "completed"]);
    await place.clock.advanceUntil(run.ending);
    expect(place.outcomesOf("r", "audit")).toEqual(["step_failed waiting", "step_completed -"]);
  });

  test("reaches a parent that another engine owns, which then continues both", async () => {
    const place = new Place();
    const owner = await place.open({ slow: { result: 1, afterMs: 60_000 } });
    const run = await owner.start(busy, { runId: "r" });
    await place.clock.settle();
    const other = await place.open();
    const answered = other.answer("r", "audit.review", { approved: true });
    expect(await place.clock.advanceUntil(answered)).toBeUndefined();
    const { status, results } = await place.clock.advanceUntil(run.ending);
    expect([status, results["audit"], other.getStats().active]).toEqual([
      "completed",
      { said: { stepId: "after", attemptNumber: 1 } },
      0,
    ]);
  });

  test("that did not resume the run is found by `recover`, which resumes both", async () => {
    const place = new Place();
    const first = await place.open();
    const run = await first.start(patient, { runId: "r" });
    await place.clock.advanceUntil(run.ending);
    await first.answer("r", "audit.review", { approved: true }, { resume: false });
    await first.close();
    const second = await place.open();
    await second.recover();
    await place.clock.advanceUntil(second.waitForCompletion("r"));
    expect([place.status("r"), place.status("r.audit")]).toEqual(["completed", "completed"]);
  });

  test("is found under the parent by the path from there", async () => {
    const place = new Place();
    const engine = await place.open();
    const outer = normalWorkflow({ in: childRun(patient) }, {}, [patient, asking]);
    const run = await engine.start(outer, { runId: "r" });
    await place.clock.advanceUntil(run.ending);
    const found = (await engine.gates("r")).map(({ runId, stepId, path, ask }) => [
      ...[runId, stepId],
      ...[path, ask],
    ]);
    expect(found).toEqual([["r.in.audit", "review", "in.audit.review", "Go?"]]);
    expect(await engine.gates("r.in.audit")).toMatchObject([{ stepId: "review" }]);
    expect((await engine.gates()).map(({ runId }) => runId)).toEqual(["r.in.audit"]);
    const resumed = await engine.answer("r", "in.audit.review", { approved: true });
    expect((await place.clock.advanceUntil(resumed?.ending ?? run.ending)).status).toBe(
      "completed",
    );
  });
});

describe("a child run that another engine owns", () => {
  test("is joined by the parent, which takes its result", async () => {
    const place = new Place();
    const owner = await place.open({ slow: { result: 1, afterMs: 60_000 } });
    const run = await owner.start(busy, { runId: "r" });
    await place.clock.settle();
    await owner.answer("r.audit", "review", { approved: true }, { resume: false });
    const other = await place.open({ after: { result: "other", afterMs: 5000 } });
    const resumed = await place.clock.advanceUntil(other.resume("r.audit"));
    expect((await place.clock.advanceUntil(resumed.ending)).status).toBe("completed");
    const { status, results } = await place.clock.advanceUntil(run.ending);
    expect([status, results["audit"]]).toEqual(["completed", { said: "other" }]);
  });
});

describe("recover", () => {
  test("cancels the child run of a parent that was cancelled, or completed, before it", async () => {
    const place = new Place();
    const first = await place.open();
    const run = await first.start(patient, { runId: "r" });
    await place.clock.advanceUntil(run.ending);
    await first.close();
    // An engine that dies before it has cancelled the child run.
    const dying = vi.spyOn(place.storage, "listChildRuns").mockReturnValue([]);
    const second = await place.open();
    await second.cancel("r");
    await second.close();
    dying.mockRestore();
    expect([place.status("r"), place.status("r.audit")]).toEqual([
      "cancelled",
      ["paused", "waiting"],
    ]);
    const third = await place.open();
    await third.recover();
    expect(place.status("r.audit")).toBe("cancelled");
  });

  test("runs the handlers of the child run of a parent that was cancelled", async () => {
    const careful = normalWorkflow(
      { deep: childRun(asking) },
      { id: "careful", on: { always: [normalStep("clean")] } },
      [asking],
    );
    const place = new Place();
    const first = await place.open();
    const run = await first.start(
      normalWorkflow({ audit: childRun(careful) }, {}, [careful, asking]),
      { runId: "r" },
    );
    await place.clock.advanceUntil(run.ending);
    await first.close();
    const second = await place.open();
    await second.cancel("r");
    await second.close();
    const statuses = (): unknown[] =>
      ["r", "r.audit", "r.audit.deep"].map((id) => place.status(id));
    // The handlers run when an engine has the agents of the run.
    expect(statuses()).toEqual(["cancelled", "running", "cancelled"]);
    const third = await place.open();
    const { handles } = await third.recover();
    expect(handles.map(({ id }) => id)).toEqual(["r.audit"]);
    for (const handle of handles) await place.clock.advanceUntil(handle.ending);
    expect([statuses(), place.outcomesOf("r.audit", ":always.clean")]).toEqual([
      ["cancelled", "cancelled", "cancelled"],
      ["step_completed -"],
    ]);
  });

  test("takes the failure of a child run that the parent has not recorded", async () => {
    const failing = normalWorkflow({ work: [] }, { id: "failing" });
    const place = new Place();
    const first = await place.open({ work: { error: "broken" } });
    await first.start(normalWorkflow({ in: childRun(failing) }, {}, [failing]), { runId: "r" });
    // The engine dies between the end of the child run and the commit of the parent.
    const commit = place.storage.commit.bind(place.storage);
    const dying = vi.spyOn(place.storage, "commit").mockImplementation((writes) => {
      if (place.storage.getRun("r.in")?.status === "failed")
        throw new WorkflowError("database_unusable", "gone");
      commit(writes);
    });
    await place.clock.settle();
    await first.close();
    dying.mockRestore();
    place.storage.releaseLease("r", place.storage.getRun("r")?.leaseEpoch ?? 0);
    expect([place.status("r"), place.status("r.in")]).toEqual(["running", "failed"]);
    const second = await place.open({ work: { result: "never asked" } });
    const resumed = await place.clock.advanceUntil(second.resume("r"));
    await place.clock.advanceUntil(resumed.ending);
    expect([place.status("r"), place.status("r.in")]).toEqual(["failed", "failed"]);
  });

  test("leaves the child run of a paused parent as it is", async () => {
    const slow = normalWorkflow({ work: [] }, { id: "slow" });
    const place = new Place();
    const first = await place.open({ work: { hangs: true } });
    const run = await first.start(normalWorkflow({ in: childRun(slow) }, {}, [slow]), {
      runId: "r",
    });
    await place.clock.settle();
    await run.pause();
    await first.close();
    const second = await place.open({ work: { result: 1 } });
    const { handles } = await second.recover();
    expect([handles, place.status("r")]).toEqual([[], "paused"]);
    const resumed = await second.resume("r");
    expect((await place.clock.advanceUntil(resumed.ending)).status).toBe("completed");
  });
});
