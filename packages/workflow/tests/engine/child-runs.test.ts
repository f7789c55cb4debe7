import { describe, expect, test } from "vitest";
import { childRun, gate, normalWorkflow } from "../support/normal-form.js";
import { bench } from "../support/workflows.js";

const INPUTS = { of: { type: "string", required: true } } as const;

const audit = normalWorkflow(
  { look: { task: "look at ${{ inputs.of }}" }, judge: ["look"] },
  { id: "audit", inputs: INPUTS, outputs: { verdict: "${{ steps.judge.output }}" } },
);

const release = normalWorkflow(
  { plan: [], audit: { after: ["plan"], ...childRun(audit, { of: "${{ steps.plan.output }}" }) } },
  { id: "release", outputs: { verdict: "${{ steps.audit.output.verdict }}" } },
  [audit],
);

describe("a step that runs a workflow", () => {
  test("starts a run of its own, and its result is the outputs of that run", async () => {
    await using b = await bench({ plan: { result: "p" }, judge: { result: "good" } });
    const run = await b.engine.start(release, { runId: "r" });
    const { status, outputs } = await b.clock.advanceUntil(run.ending);
    expect([status, outputs]).toEqual(["completed", { verdict: "good" }]);
    expect(b.agent.requests.map(({ runId, stepId, task }) => [runId, stepId, task])).toEqual([
      ["r", "plan", "do plan"],
      ["r.audit", "look", "look at p"],
      ["r.audit", "judge", "do judge"],
    ]);
    const [child] = b.engine.storage.listChildRuns("r");
    expect([child?.runId, child?.parentRunId, child?.parentStepId, child?.status]).toEqual([
      "r.audit",
      "r",
      "audit",
      "completed",
    ]);
  });

  test("waits while its run waits, and continues when the run is resumed", async () => {
    const child = normalWorkflow({ review: gate("Approve?") }, { id: "child" });
    const parent = normalWorkflow({ audit: childRun(child), end: ["audit"] }, {}, [child]);
    await using b = await bench();
    const run = await b.engine.start(parent, { runId: "r" });
    const { status, pausedFor, waitsFor } = await b.clock.advanceUntil(run.ending);
    expect([status, pausedFor, waitsFor]).toEqual(["paused", "waiting", ["audit"]]);
    await b.engine.answer("r.audit", "review", { approved: true }, { resume: false });
    const resumed = await b.engine.resume("r");
    const ending = await b.clock.advanceUntil(resumed.ending);
    expect([ending.status, ending.results["audit"]]).toEqual([
      "completed",
      { review: { approved: true } },
    ]);
  });
});
