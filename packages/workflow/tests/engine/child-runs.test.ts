import { describe, expect, test } from "vitest";
import { type AgentRequest, agentReply, WorkflowEngine } from "../../src/index.js";
import { SimulatedClock } from "../../src/testing/index.js";
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
    const listed = await b.engine.list({ isChild: true });
    expect(listed.map((run) => [run.runId, run.parentRunId, run.parentStepId, run.status])).toEqual(
      [["r.audit", "r", "audit", "completed"]],
    );
    expect((await b.engine.list({ isChild: false })).map(({ runId }) => runId)).toEqual(["r"]);
  });

  test("has the results of the steps by id where the workflow declares no outputs", async () => {
    const child = normalWorkflow({ a: [], b: { if: "false" } }, { id: "child" });
    await using b = await bench({ a: { result: 1 } });
    const run = await b.engine.start(normalWorkflow({ c: childRun(child) }, {}, [child]));
    expect((await b.clock.advanceUntil(run.ending)).results).toEqual({ c: { a: 1, b: null } });
  });

  test("starts a run for each item of a fan-out, under its own path", async () => {
    const each = normalWorkflow(
      {
        each: {
          ...childRun(audit, { of: "${{ item }}" }),
          foreach: { in: ["a b", "c/d"], as: "item" },
        },
      },
      {},
      [audit],
    );
    await using b = await bench({ judge: { result: "ok" } });
    const run = await b.engine.start(each, { runId: "r" });
    expect((await b.clock.advanceUntil(run.ending)).results["each"]).toEqual([
      { verdict: "ok" },
      { verdict: "ok" },
    ]);
    expect(b.engine.storage.listChildRuns("r").map(({ runId }) => runId)).toEqual([
      "r.each%5Ba%20b%5D",
      "r.each%5Bc%2Fd%5D",
    ]);
  });

  test("fails with the error of its run, and a retry resumes that run", async () => {
    await using b = await bench({
      look: { result: 1 },
      judge: [{ error: "broken" }, { result: "good" }],
    });
    const parent = normalWorkflow({ audit: { ...childRun(audit, { of: "it" }), retries: 1 } }, {}, [
      audit,
    ]);
    const run = await b.engine.start(parent, { runId: "r" });
    const { status, results } = await b.clock.advanceUntil(run.ending);
    expect([status, results]).toEqual(["completed", { audit: { verdict: "good" } }]);
    expect(b.agent.started).toEqual(["look", "judge", "judge"]);
    const [first] = await b.engine.reading.attempts("r", "audit");
    expect(first?.error).toBe("its run failed: step `judge` failed: broken");
  });

  test("continues with the failed run when the failed parent is resumed", async () => {
    await using b = await bench({ judge: [{ error: "broken" }, { result: "good" }] });
    const parent = normalWorkflow({ audit: childRun(audit, { of: "it" }) }, {}, [audit]);
    const run = await b.engine.start(parent, { runId: "r" });
    expect((await b.clock.advanceUntil(run.ending)).status).toBe("failed");
    const resumed = await b.engine.resume("r");
    expect((await b.clock.advanceUntil(resumed.ending)).status).toBe("completed");
    expect(b.agent.started).toEqual(["look", "judge", "judge"]);
  });

  test("fails without a retry if its run was cancelled, and then starts another one", async () => {
    const hanging = ({ signal }: AgentRequest): Promise<never> =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    const worker = (request: AgentRequest): unknown =>
      request.runId === "r.audit" ? hanging(request) : 1;
    await using b = await bench({}, { agents: { worker } });
    const parent = normalWorkflow({ audit: { ...childRun(audit, { of: "it" }), retries: 3 } }, {}, [
      audit,
    ]);
    const run = await b.engine.start(parent, { runId: "r" });
    await b.clock.settle();
    await b.engine.cancel("r.audit", { reason: "not this one" });
    const { status, error } = await b.clock.advanceUntil(run.ending);
    expect([status, error]).toEqual([
      "failed",
      "step `audit` failed: its run was cancelled: not this one",
    ]);
    const resumed = await b.engine.resume("r");
    expect((await b.clock.advanceUntil(resumed.ending)).status).toBe("completed");
    const runs = b.engine.storage.listChildRuns("r");
    expect(runs.map(({ runId, status }) => [runId, status])).toEqual([
      ["r.audit", "cancelled"],
      ["r.audit~2", "completed"],
    ]);
  });

  test("fails if the values do not fit the inputs of the workflow, and starts nothing", async () => {
    await using b = await bench({ plan: { result: 7 } });
    const run = await b.engine.start(release, { runId: "r" });
    const { status, error } = await b.clock.advanceUntil(run.ending);
    expect([status, error]).toEqual([
      "failed",
      "step `audit` failed: The inputs do not match the workflow: `of` must be a string, not a " +
        "number.",
    ]);
    expect(b.engine.storage.listChildRuns("r")).toEqual([]);
  });

  test("is refused at the start if an agent of its workflow is missing", async () => {
    const engine = await WorkflowEngine.open({
      database: ":memory:",
      agents: { planner: () => "p" },
      ports: { clock: new SimulatedClock() },
    });
    const parent = normalWorkflow(
      { plan: { agentId: "planner" }, audit: { after: ["plan"], ...childRun(audit, { of: "x" }) } },
      {},
      [audit],
    );
    await expect(engine.start(parent)).rejects.toMatchObject({
      code: "unknown_agent",
      message: expect.stringContaining("`worker` (for look, judge)"),
    });
    await engine.close();
  });

  test("reports what its run has used, once, no matter how often the parent joins it", async () => {
    const costly = normalWorkflow(
      { think: [], review: { after: ["think"], ...gate("Go?") }, write: ["review"] },
      { id: "costly" },
    );
    const parent = normalWorkflow(
      { costly: childRun(costly) },
      { budget: { usd: 10, unmetered: "allow" } },
      [costly],
    );
    const paid = (usd: number) => ({ result: agentReply({ result: "ok", usage: { usd } }) });
    await using b = await bench({ think: paid(2), write: paid(3) });
    const run = await b.engine.start(parent, { runId: "r" });
    await b.clock.advanceUntil(run.ending);
    const resumed = await b.engine.answer("r", "costly.review", { approved: true });
    expect((await b.clock.advanceUntil(resumed?.ending ?? run.ending)).status).toBe("completed");
    const usages = [...b.engine.storage.readJournal("r")].flatMap(({ type, payload }) =>
      type === "step_failed" || type === "step_completed" ? [JSON.parse(payload)["usage"]] : [],
    );
    expect(usages).toEqual([{ usd: 2 }, { usd: 3 }]);
  });

  test("holds the budget of the parent, and pauses the parent when it is used up", async () => {
    const costly = normalWorkflow({ think: [] }, { id: "costly" });
    const parent = normalWorkflow(
      { one: childRun(costly), two: { after: ["one"], ...childRun(costly) } },
      { budget: { usd: 2 } },
      [costly],
    );
    const reply = agentReply({ result: "ok", usage: { usd: 2 } });
    await using b = await bench({ think: { result: reply } });
    const run = await b.engine.start(parent, { runId: "r" });
    const { status, pausedFor } = await b.clock.advanceUntil(run.ending);
    expect([status, pausedFor, b.agent.requests.map(({ runId }) => runId)]).toEqual([
      ...["paused", "budget"],
      ["r.one"],
    ]);
  });

  test("may be nested, up to eight runs", async () => {
    let inner = normalWorkflow({ leaf: [] }, { id: "level-8" });
    const all = [inner];
    for (let level = 7; level >= 1; level -= 1) {
      inner = normalWorkflow({ in: childRun(inner) }, { id: `level-${level}` }, all);
      all.push(inner);
    }
    const tooDeep = normalWorkflow({ in: childRun(inner) }, { id: "level-0" }, all);
    await using b = await bench({ leaf: { result: 1 } });
    const run = await b.engine.start(inner, { runId: "r" });
    expect((await b.clock.advanceUntil(run.ending)).status).toBe("completed");
    const refused = await b.engine.start(tooDeep, { runId: "deep" });
    expect((await b.clock.advanceUntil(refused.ending)).error).toContain("8 levels");
  });
});
