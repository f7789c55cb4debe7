import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { AgentError, type AgentMap, agentReply } from "../../src/index.js";
import type { KeptFile } from "../../src/run-directory/kept-files.js";
import { normalStep, normalWorkflow } from "../support/normal-form.js";
import { bench } from "../support/workflows.js";

const byText = (one: unknown, other: unknown): number =>
  JSON.stringify(one).localeCompare(JSON.stringify(other));

const AT_ONCE = { initialDelayMs: 0, factor: 1, maxDelayMs: 0, jitter: "none" } as const;

const judge = (id: string, of: string): ReturnType<typeof normalStep> =>
  normalStep(id, {
    task: `judge \${{ output }} of ${of}`,
    effect: "pure",
    output: {
      type: "object",
      required: ["pass"],
      properties: { pass: { type: "boolean" }, reason: { type: "string" } },
    },
  });

describe("a step with a check by another step", () => {
  test("completes with its answer once the check passes; the check sees the answer", async () => {
    await using b = await bench({ a: { result: "text" }, "a:check-1": { result: { pass: true } } });
    const run = await b.engine.start(
      normalWorkflow({ a: { check: [{ step: judge("check-1", "a") }] }, b: ["a"] }),
    );
    const { status, results } = await b.clock.advanceUntil(run.ending);
    expect({ status, a: results["a"], tasks: b.agent.requests.map(({ task }) => task) }).toEqual({
      ...{ status: "completed", a: "text" },
      tasks: ["do a", "judge text of a", "do b"],
    });
    const rows = [...b.engine.storage.readJournal(run.id)];
    expect(
      rows.flatMap(({ type, stepId }) => (stepId === undefined ? [] : [[type, stepId]])),
    ).toEqual([
      ["step_answered", "a"],
      ["step_completed", "a:check-1"],
      ["step_completed", "b"],
    ]);
  });

  test("is tried again with the reason of the check, if retries are left", async () => {
    await using b = await bench({
      a: [{ result: "half" }, { result: "whole" }],
      "a:check-1": [{ result: { pass: false, reason: "too short" } }, { result: { pass: true } }],
    });
    const run = await b.engine.start(
      normalWorkflow({
        a: { retries: 1, retry: AT_ONCE, check: [{ step: judge("check-1", "a") }] },
      }),
    );
    const { status, results } = await b.clock.advanceUntil(run.ending);
    expect({ status, results, asked: b.agent.requests.map(({ feedback }) => feedback) }).toEqual({
      ...{ status: "completed", results: { a: "whole" } },
      asked: [undefined, undefined, expect.objectContaining({ error: "too short" }), undefined],
    });
  });

  test("keeps its answer in a checkpoint that is written while it is checked", async () => {
    await using b = await bench({ "a:check-1": { result: { pass: true }, afterMs: 1000 } });
    const run = await b.engine.start(
      normalWorkflow({ a: { check: [{ step: judge("check-1", "a") }] } }),
    );
    await b.clock.settle();
    await b.engine.checkpoint(run.id);
    await run.pause({ stopAgents: true });
    await b.clock.advanceUntil(run.ending);
    const resumed = await b.engine.resume(run.id);
    const { status, results } = await b.clock.advanceUntil(resumed.ending);
    expect({ status, results, problems: resumed.problems, started: b.agent.started }).toEqual({
      ...{ status: "completed", results: { a: { stepId: "a", attemptNumber: 1 } }, problems: [] },
      started: ["a", "a:check-1", "a:check-1"],
    });
  });
});

describe("a step with an external effect", () => {
  const PAY = normalWorkflow({
    pay: { effect: "external", timeout: 1000 },
    receipt: { after: ["pay"], task: "receipt ${{ steps.pay.output }}" },
  });

  test("is unknown after a timeout, and completes with the result that a person gives", async () => {
    await using b = await bench({ pay: { hangs: true } });
    const run = await b.engine.start(PAY);
    const { status, pausedFor, waitsFor } = await b.clock.advanceUntil(run.ending);
    expect({ status, pausedFor, waitsFor }).toEqual({
      ...{ status: "paused", pausedFor: "waiting", waitsFor: ["pay"] },
    });
    expect(await b.engine.gates(run.id)).toEqual([
      expect.objectContaining({
        ...{ stepId: "pay", kind: "unknown", attemptNumber: 1, error: "timed out after 1000 ms" },
      }),
    ]);
    const resumed = await b.engine.answer(run.id, "pay", { done: true, result: "no. 7" });
    const ending = await b.clock.advanceUntil(resumed?.ending ?? Promise.reject());
    expect([ending.status, b.agent.requests.map(({ task }) => task)]).toEqual([
      "completed",
      ["do pay", "receipt no. 7"],
    ]);
  });

  test("is tried again if a person says that it had no effect", async () => {
    await using b = await bench({ pay: [{ error: "?", class: "unknown" }, { result: "paid" }] });
    const run = await b.engine.start(PAY);
    await b.clock.advanceUntil(run.ending);
    const resumed = await b.engine.answer(run.id, "pay", { done: false });
    const ending = await b.clock.advanceUntil(resumed?.ending ?? Promise.reject());
    expect([ending.status, ending.results["pay"], b.agent.started]).toEqual([
      "completed",
      "paid",
      ["pay", "pay", "receipt"],
    ]);
  });

  test("is resolved by its `reconcile` step", async () => {
    await using b = await bench({
      pay: { hangs: true },
      "pay:reconcile": { result: { done: true, result: "found" } },
    });
    const reconcile = normalStep("reconcile", { task: "was it paid" });
    const run = await b.engine.start(
      normalWorkflow({ pay: { effect: "external", timeout: 1000, reconcile } }),
    );
    const { status, results } = await b.clock.advanceUntil(run.ending);
    expect([status, results, b.agent.started]).toEqual([
      "completed",
      { pay: "found" },
      ["pay", "pay:reconcile"],
    ]);
  });

  // Until its agent has stopped, the effect that `reconcile` looks for may yet come about.
  test.each([
    { when: "the step takes too long", totalTimeout: 1000, isEdited: false },
    { when: "a result that it reads is edited", totalTimeout: undefined, isEdited: true },
  ])("is resolved by `reconcile` only after the agent has stopped, if $when", async (of) => {
    const { totalTimeout, isEdited } = of;
    const happened: string[] = [];
    const called = Promise.withResolvers<void>();
    const agents: AgentMap = {
      worker: ({ stepId, signal }) => {
        happened.push(stepId);
        if (stepId === "order") return "7";
        if (stepId === "pay:reconcile") return { done: true, result: "found" };
        return new Promise((resolve) => {
          signal.addEventListener("abort", () => {
            b.clock.setTimer(400, () => {
              happened.push("the agent has stopped");
              resolve("too late");
            });
          });
          called.resolve();
        });
      },
    };
    await using b = await bench({}, { agents });
    const reconcile = normalStep("reconcile", { task: "was it paid" });
    const run = await b.engine.start(
      normalWorkflow({
        order: {},
        pay: {
          ...{ dependencies: ["order"], task: "pay ${{ steps.order.output }}" },
          ...{ effect: "external", reconcile },
          ...(totalTimeout !== undefined && { totalTimeout }),
        },
      }),
    );
    await b.clock.advanceUntil(called.promise);
    if (isEdited) await b.engine.editResult(run.id, "order", "8");
    const { results } = await b.clock.advanceUntil(run.ending);
    expect([results["pay"], happened]).toEqual([
      "found",
      ["order", "pay", "the agent has stopped", "pay:reconcile"],
    ]);
  });

  test("has its result in a checkpoint, since no row has it", async () => {
    await using b = await bench({ pay: { error: "?", class: "unknown" } });
    const run = await b.engine.start(PAY);
    await b.clock.advanceUntil(run.ending);
    await b.engine.answer(run.id, "pay", { done: true, result: 1 }, { resume: false });
    await b.engine.checkpoint(run.id);
    const resumed = await b.engine.resume(run.id);
    const { results } = await b.clock.advanceUntil(resumed.ending);
    expect([resumed.problems, results["pay"]]).toEqual([[], 1]);
  });
});

describe("an unknown step that declares files", () => {
  test("keeps them with the answer that it took effect, and refuses the answer without them", async () => {
    let directory = "";
    const agents: AgentMap = {
      worker: ({ runDirectory = "" }) => {
        directory = runDirectory;
        throw new AgentError("lost", { class: "unknown" });
      },
    };
    await using b = await bench({}, { agents });
    const run = await b.engine.start(
      normalWorkflow({ pay: { effect: "external", files: ["receipt.txt"] } }),
    );
    await b.clock.advanceUntil(run.ending);
    await expect(b.engine.answer(run.id, "pay", { done: true })).rejects.toMatchObject({
      code: "invalid_answer",
      message: expect.stringContaining("the file `receipt.txt` of the run's directory"),
    });
    writeFileSync(join(directory, "receipt.txt"), "no. 7");
    const resumed = await b.engine.answer(run.id, "pay", { done: true });
    expect((await b.clock.advanceUntil(resumed?.ending ?? Promise.reject())).status).toBe(
      "completed",
    );
    const row = [...b.engine.storage.readJournal(run.id)].find(
      ({ type }) => type === "gate_answered",
    );
    const { files } = JSON.parse(row?.payload ?? "") as { files: KeptFile[] };
    expect(files).toEqual([expect.objectContaining({ path: "receipt.txt", bytes: 5 })]);
    expect(b.engine.storage.getArtifact(files[0]?.artifact ?? "")).toContain("no. 7");
  });
});

describe("the class of an agent's error", () => {
  test("decides whether the step is tried again", async () => {
    await using b = await bench({
      refused: { error: "no", class: "refused" },
      fatal: { error: "no", class: "fatal" },
      transient: [{ error: "busy", class: "transient" }, { result: 1 }],
    });
    const parts = { retries: 2, retry: AT_ONCE, continueOnError: true };
    const run = await b.engine.start(
      normalWorkflow({ refused: parts, fatal: parts, transient: parts }),
    );
    await b.clock.advanceUntil(run.ending);
    const byStep = Object.fromEntries(
      run.steps().map(({ id, attemptNumber }) => [id, attemptNumber]),
    );
    expect(byStep).toEqual({ refused: 1, fatal: 1, transient: 2 });
    const reasons = [...b.engine.storage.readJournal(run.id)].flatMap(
      ({ type, payload, stepId }) =>
        type === "step_failed"
          ? [[stepId, (JSON.parse(payload) as { reason: string }).reason]]
          : [],
    );
    expect(reasons.toSorted(byText)).toEqual([
      ["fatal", "invalid"],
      ["refused", "refused"],
      ["transient", "transient"],
    ]);
  });
});

describe("fallback", () => {
  test("lets the next agent take over, which the row names", async () => {
    const agents = { first: () => Promise.reject(new Error("down")), second: () => "done" };
    await using b = await bench({}, { agents });
    const run = await b.engine.start(
      normalWorkflow({
        a: { agentId: "first", fallback: { agents: ["second"], on: ["error"] } },
      }),
    );
    const { results } = await b.clock.advanceUntil(run.ending);
    const rows = [...b.engine.storage.readJournal(run.id)];
    const row = rows.find(({ type }) => type === "step_completed");
    expect([results, JSON.parse(row?.payload ?? "")]).toEqual([
      { a: "done" },
      { result: "done", agent: "second" },
    ]);
  });
});

describe("session", () => {
  test("gives an agent the reference that the source's attempt left", async () => {
    await using b = await bench({
      plan: { result: agentReply({ result: "p", session: "ref-1" }) },
    });
    const run = await b.engine.start(
      normalWorkflow({ plan: [], revise: { after: ["plan"], session: { from: "plan" } } }),
    );
    expect((await b.clock.advanceUntil(run.ending)).status).toBe("completed");
    expect(b.agent.requests.map(({ session }) => session)).toEqual([undefined, "ref-1"]);
  });

  test("refuses to start with an agent that cannot continue conversations", async () => {
    await using b = await bench({}, { agents: { worker: () => 1 } });
    const source = `id: x
steps:
  - { id: plan, agentId: worker, task: x }
  - { id: revise, agentId: worker, task: x, dependencies: [plan], session: { from: plan } }
`;
    await expect(b.engine.start(source)).rejects.toMatchObject({
      code: "invalid_definition",
      issues: [expect.objectContaining({ code: "AXW1626", line: 4, column: 67 })],
    });
    expect(b.engine.getStats().running).toBe(0);
  });

  test("fails a step whose source left no conversation", async () => {
    await using b = await bench();
    const run = await b.engine.start(
      normalWorkflow({ plan: [], revise: { after: ["plan"], session: { from: "plan" } } }),
    );
    const { status, error } = await b.clock.advanceUntil(run.ending);
    expect([status, error, b.agent.started]).toEqual([
      "failed",
      expect.stringContaining("`plan` has left no conversation to continue"),
      ["plan"],
    ]);
  });
});

describe("idle timeout", () => {
  test("stops an attempt that writes nothing for that long, but not one that writes", async () => {
    const clock = { until: 0 };
    await using b = await bench(
      {},
      {
        agents: {
          talker: async (request) => {
            for (let count = 0; count < 5; count += 1) {
              await new Promise<void>((resolve) => b.clock.setTimer(800, resolve));
              request.log(`line ${count}\n`);
            }
            clock.until = b.clock.now();
            return "done";
          },
          sleeper: (request) =>
            new Promise((_, reject) =>
              request.signal.addEventListener("abort", () => reject(request.signal.reason)),
            ),
        },
      },
    );
    const startedAt = b.clock.now();
    const run = await b.engine.start(
      normalWorkflow({
        talk: { agentId: "talker", idleTimeout: 1000 },
        sleep: { agentId: "sleeper", idleTimeout: 1000, continueOnError: true },
      }),
    );
    const { results } = await b.clock.advanceUntil(run.ending);
    const failed = run.steps().find(({ id }) => id === "sleep");
    expect([results["talk"], clock.until - startedAt, failed?.error]).toEqual([
      "done",
      4000,
      "timed out: it wrote nothing for 1000 ms",
    ]);
  });
});

describe("usage", () => {
  test("is on the rows of failed and re-asked attempts too", async () => {
    const usage = { usd: 0.5, inputTokens: 3, outputTokens: 4 };
    await using b = await bench({
      a: [{ error: "no", usage }, { result: agentReply({ result: "text", usage }) }],
      b: [
        { result: agentReply({ result: "no number", usage }) },
        { result: agentReply({ result: 5, usage }) },
      ],
    });
    const run = await b.engine.start(
      normalWorkflow({
        a: { retries: 1, retry: AT_ONCE },
        b: { output: { type: "number" }, reasks: 1 },
      }),
    );
    expect((await b.clock.advanceUntil(run.ending)).status).toBe("completed");
    const used = [...b.engine.storage.readJournal(run.id)].flatMap(({ stepId, type, payload }) =>
      stepId === undefined
        ? []
        : [[stepId, type, (JSON.parse(payload) as { usage: object }).usage]],
    );
    expect(used.toSorted(byText)).toEqual([
      ["a", "step_completed", { usd: 0.5, tokens: 7 }],
      ["a", "step_failed", { usd: 0.5, tokens: 7 }],
      ["b", "step_completed", { usd: 0.5, tokens: 7 }],
      ["b", "step_failed", { usd: 0.5, tokens: 7 }],
    ]);
  });
});
