import { describe, expect, test } from "vitest";
import { agentReply } from "../../src/index.js";
import { childRun, gate, normalStep, normalWorkflow } from "../support/normal-form.js";
import { bench } from "../support/workflows.js";

const INPUTS = { of: { type: "string", required: true } } as const;

const audit = normalWorkflow(
  { look: { task: "look at ${{ inputs.of }}" } },
  { id: "audit", inputs: INPUTS, outputs: { saw: "${{ steps.look.output }}" } },
);
const asking = normalWorkflow(
  { look: { task: "look at ${{ inputs.of }}" }, review: { after: ["look"], ...gate("Go?") } },
  { id: "asking", inputs: INPUTS },
);

/** A run of `inner`, which is given what `plan` has answered. */
const around = (inner: typeof audit, plan = "plan it"): typeof audit =>
  normalWorkflow(
    {
      plan: { task: plan },
      audit: { after: ["plan"], ...childRun(inner, { of: "${{ steps.plan.output }}" }) },
      end: ["audit"],
    },
    {},
    [inner],
  );

const echo = {
  "*": ({ task }: { readonly task: string }): unknown => agentReply({ result: task }),
};

type Engine = Awaited<ReturnType<typeof bench>>["engine"];

const runsOf = (engine: Engine): unknown =>
  engine.storage.listChildRuns("r").map(({ runId, status }) => [runId, status]);

describe("a run that goes back", () => {
  test("starts another child run for a step that is performed again", async () => {
    await using b = await bench({}, { agents: echo });
    const run = await b.engine.start(around(audit), { runId: "r" });
    await b.clock.advanceUntil(run.ending);
    const failing = await b.engine.fork("r", { runId: "f" });
    expect(failing.runId).toBe("f");
    await using c = await bench({}, { agents: echo });
    const paused = await c.engine.start(around(asking), { runId: "r" });
    await c.clock.advanceUntil(paused.ending);
    await c.engine.reopen("r", ["audit"]);
    const resumed = await c.engine.resume("r");
    await c.clock.advanceUntil(resumed.ending);
    expect(runsOf(c.engine)).toEqual([
      ["r.audit", "cancelled"],
      ["r.audit~2", "paused"],
    ]);
  });

  test("keeps a waiting child run if the request of its step is the same", async () => {
    await using b = await bench({}, { agents: echo });
    const run = await b.engine.start(around(asking), { runId: "r" });
    await b.clock.advanceUntil(run.ending);
    await b.engine.amend("r", around(asking));
    const resumed = await b.engine.answer("r", "audit.review", { approved: true });
    const { status } = await b.clock.advanceUntil(resumed?.ending ?? run.ending);
    expect([status, runsOf(b.engine)]).toEqual(["completed", [["r.audit", "completed"]]]);
  });

  test("cancels a child run whose inputs change, and starts another one", async () => {
    await using b = await bench({}, { agents: echo });
    const run = await b.engine.start(around(asking), { runId: "r" });
    await b.clock.advanceUntil(run.ending);
    await b.engine.editResult("r", "plan", "something else");
    const resumed = await b.engine.resume("r");
    await b.clock.advanceUntil(resumed.ending);
    expect(runsOf(b.engine)).toEqual([
      ["r.audit", "cancelled"],
      ["r.audit~2", "paused"],
    ]);
    const child = b.engine.storage.getRun("r.audit~2");
    expect(child?.inputs).toEqual({ of: "something else" });
  });

  test("runs the handlers of a child run that is no longer needed, once, before it ends", async () => {
    const careful = normalWorkflow(
      { review: gate("Go?") },
      { id: "careful", inputs: INPUTS, on: { always: [normalStep("clean")] } },
    );
    await using b = await bench({
      plan: { result: "plan it" },
      ":always.clean": { result: 1, afterMs: 5000 },
    });
    const run = await b.engine.start(around(careful), { runId: "r" });
    await b.clock.advanceUntil(run.ending);
    await b.engine.editResult("r", "plan", "something else");
    await b.engine.resume("r");
    await b.clock.settle();
    const resumed = await b.engine.answer("r", "audit.review", { approved: true });
    await b.clock.advanceUntil(resumed?.ending ?? run.ending);
    expect(runsOf(b.engine)).toEqual([
      ["r.audit", "cancelled"],
      ["r.audit~2", "completed"],
    ]);
    expect(b.agent.started.filter((id) => id === ":always.clean")).toHaveLength(2);
  });

  test("runs the new workflow of a step after an amendment", async () => {
    await using b = await bench({}, { agents: echo });
    const run = await b.engine.start(around(asking), { runId: "r" });
    await b.clock.advanceUntil(run.ending);
    await b.engine.amend("r", around(audit));
    const resumed = await b.engine.resume("r");
    const { status, results } = await b.clock.advanceUntil(resumed.ending);
    expect([status, results["audit"], runsOf(b.engine)]).toEqual([
      "completed",
      { saw: "look at plan it" },
      [
        ["r.audit", "cancelled"],
        ["r.audit~2", "completed"],
      ],
    ]);
  });

  test("begins a fork with the result of the child run, and starts none", async () => {
    await using b = await bench({}, { agents: echo });
    const run = await b.engine.start(around(audit), { runId: "r" });
    await b.clock.advanceUntil(run.ending);
    const { runId } = await b.engine.fork("r", { runId: "f" });
    const forked = await b.engine.resume(runId);
    const { status, results } = await b.clock.advanceUntil(forked.ending);
    expect([status, results["audit"], b.engine.storage.listChildRuns("f")]).toEqual([
      "completed",
      { saw: "look at plan it" },
      [],
    ]);
  });

  test("begins a fork of the child run without the file of the parent", async () => {
    await using b = await bench({}, { agents: echo });
    const startedFrom = { directory: "/srv", file: "/srv/release.yaml" };
    const run = await b.engine.start(around(audit), { runId: "r", startedFrom });
    await b.clock.advanceUntil(run.ending);
    await b.engine.fork("r", { runId: "f" });
    await b.engine.fork("r.audit", { runId: "g" });
    expect(["f", "g"].map((id) => b.engine.storage.getRun(id)?.startedFrom)).toEqual([
      startedFrom,
      { directory: "/srv" },
    ]);
  });
});
