import { setTimeout as sleep } from "node:timers/promises";
import { context, trace } from "@opentelemetry/api";
import {
  AlwaysOffSampler,
  ParentBasedSampler,
  RandomIdGenerator,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { describe, expect, test } from "vitest";
import { agentReply, WorkflowEngine } from "../../src/index.js";
import { startTelemetry } from "../../src/otel/index.js";
import { childRun, gate, normalStep, normalWorkflow } from "../support/normal-form.js";
import { bench, workflow } from "../support/workflows.js";
import { observe, tracesOf, treeOf } from "./support.js";

const GIVEN = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

describe("a trace", () => {
  test("has a span for the run, each step and each attempt, with what the attempts have used", async () => {
    await using o = observe();
    const reply = agentReply({
      result: 1,
      usage: { inputTokens: 50, outputTokens: 2, cachedInputTokens: 40, usd: 0.5 },
    });
    await using b = await bench({ a: [{ error: "no" }, { result: reply, afterMs: 20 }] });
    const run = await b.engine.start(workflow({ a: { retries: 1 }, b: ["a"] }, { version: "7" }));
    await b.clock.advanceUntil(run.ending);
    await o.telemetry.flush();
    const spans = o.spans();
    expect([treeOf(spans), tracesOf(spans).length]).toEqual([
      [
        "invoke_workflow under test",
        "  step a",
        "    invoke_agent worker",
        "    invoke_agent worker",
        "  step b",
        "    invoke_agent worker",
      ],
      1,
    ]);
    const [first, second] = spans.filter(({ name }) => name === "invoke_agent worker");
    expect([first, second].map((span) => [span?.status, span?.attributes])).toEqual([
      [
        { code: 2, message: "no" },
        {
          ...{ "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "worker" },
          ...{ "automatosx.run.id": run.id, "automatosx.step.path": "a" },
          ...{ "automatosx.attempt.number": 1, "automatosx.attempt.status": "failed" },
          "error.type": "error",
        },
      ],
      [
        { code: 0 },
        {
          ...{ "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "worker" },
          ...{ "automatosx.run.id": run.id, "automatosx.step.path": "a" },
          ...{ "automatosx.attempt.number": 2, "automatosx.attempt.status": "completed" },
          ...{ "gen_ai.usage.input_tokens": 50, "gen_ai.usage.output_tokens": 2 },
          "gen_ai.usage.cache_read.input_tokens": 40,
          ...{ "automatosx.usage.tokens": 52, "automatosx.usage.usd": 0.5 },
        },
      ],
    ]);
    expect(second?.links.map((link) => [link.context.spanId, link.attributes])).toEqual([
      [first?.spanContext().spanId, { "automatosx.link": "previous_attempt" }],
    ]);
    const root = spans.at(-1);
    expect([root?.name, root?.attributes]).toEqual([
      "invoke_workflow under test",
      {
        ...{ "gen_ai.operation.name": "invoke_workflow", "gen_ai.workflow.name": "under test" },
        ...{ "automatosx.run.id": run.id, "automatosx.run.execution": 1 },
        ...{ "automatosx.workflow.id": "under-test", "automatosx.workflow.version": "7" },
        "automatosx.run.status": "completed",
      },
    ]);
  });

  test("has the times of the journal", async () => {
    await using o = observe();
    await using b = await bench({ a: { result: 1, afterMs: 1500 } });
    const run = await b.engine.start(workflow({ a: [] }));
    const { createdAt } = b.engine.storage.getRun(run.id) ?? { createdAt: 0 };
    await b.clock.advanceUntil(run.ending);
    await o.telemetry.flush();
    const ms = ([seconds, nanos]: readonly [number, number]): number =>
      seconds * 1000 + nanos / 1e6;
    expect(
      o.spans().map(({ name, startTime, endTime }) => [name, ms(startTime), ms(endTime)]),
    ).toEqual([
      ["invoke_agent worker", createdAt, createdAt + 1500],
      ["step a", createdAt, createdAt + 1500],
      ["invoke_workflow under test", createdAt, createdAt + 1500],
    ]);
  });

  test("places items, rounds and inner steps below what contains them", async () => {
    await using o = observe();
    await using b = await bench();
    const run = await b.engine.start(
      normalWorkflow({
        each: { foreach: { in: ["x.y", "["], as: "item" } },
        again: {
          after: ["each"],
          loop: { max: 2, onMax: "continue" },
          steps: [normalStep("test")],
        } as never,
      }),
    );
    await b.clock.advanceUntil(run.ending);
    await o.telemetry.flush();
    expect(treeOf(o.spans())).toEqual([
      "invoke_workflow under test",
      "  step each",
      "    step each",
      "      invoke_agent worker",
      "    step each",
      "      invoke_agent worker",
      "  step again",
      "    step again",
      "      step again.test",
      "        invoke_agent worker",
      "    step again",
      "      step again.test",
      "        invoke_agent worker",
    ]);
  });

  test("contains the runs that its steps start, below the attempts that started them", async () => {
    await using o = observe();
    await using b = await bench();
    const child = normalWorkflow({ look: [] }, { id: "child", name: "child" });
    const parent = normalWorkflow({ audit: childRun(child) }, { name: "parent" }, [child]);
    const run = await b.engine.start(parent);
    await b.clock.advanceUntil(run.ending);
    await o.telemetry.flush();
    expect([treeOf(o.spans()), tracesOf(o.spans()).length]).toEqual([
      [
        "invoke_workflow parent",
        "  step audit",
        "    workflow audit",
        "      invoke_workflow child",
        "        step look",
        "          invoke_agent worker",
      ],
      1,
    ]);
  });

  test("is the caller's if the run is started with its `traceparent`", async () => {
    await using o = observe();
    await using b = await bench();
    const startedFrom = { traceparent: GIVEN };
    const run = await b.engine.start(workflow({ a: [] }), { startedFrom });
    await b.clock.advanceUntil(run.ending);
    await o.telemetry.flush();
    const root = o.spans().at(-1);
    expect([tracesOf(o.spans()), root?.parentSpanContext?.spanId]).toEqual([
      ["0af7651916cd43dd8448eb211c80319c"],
      "b7ad6b7169203331",
    ]);
  });

  test("continues after a pause", async () => {
    await using o = observe();
    await using b = await bench();
    const run = await b.engine.start(
      normalWorkflow({ a: [], ask: { ...gate("?"), after: ["a"] } }),
    );
    await b.clock.advanceUntil(run.ending);
    await o.telemetry.flush();
    expect(o.spans().map(({ name }) => name)).toEqual(["invoke_agent worker", "step a"]);
    await b.clock.advance(3_600_000);
    const resumed = await b.engine.answer(run.id, "ask", { approved: true });
    await b.clock.advanceUntil(resumed?.ending ?? run.ending);
    await o.telemetry.flush();
    expect([treeOf(o.spans()), tracesOf(o.spans()).length]).toEqual([
      ["invoke_workflow under test", "  step a", "    invoke_agent worker", "  step ask"],
      1,
    ]);
  });

  test("has another span for a run that continues after it has failed, linked to the first", async () => {
    await using o = observe();
    await using b = await bench({ a: [{ error: "no" }, { result: 1 }] });
    const run = await b.engine.start(workflow({ a: [] }));
    await b.clock.advanceUntil(run.ending);
    await b.clock.advanceUntil((await b.engine.resume(run.id)).ending);
    await o.telemetry.flush();
    const [failed, completed] = o.spans().filter(({ name }) => name.startsWith("invoke_workflow"));
    expect([treeOf(o.spans()), tracesOf(o.spans()).length]).toEqual([
      [
        "invoke_workflow under test",
        "  step a",
        "    invoke_agent worker",
        "invoke_workflow under test",
        "  step a",
        "    invoke_agent worker",
      ],
      1,
    ]);
    expect([failed?.attributes["error.type"], failed?.status.code]).toEqual(["step_failed", 2]);
    expect(completed?.links.map(({ context: { spanId } }) => spanId)).toEqual([
      failed?.spanContext().spanId,
    ]);
  });

  test("is another one for a fork, linked to the run that was forked", async () => {
    await using o = observe();
    await using b = await bench({ b: [{ error: "no" }, { result: 1 }] });
    const startedFrom = { traceparent: GIVEN };
    const run = await b.engine.start(workflow({ a: [], b: ["a"] }), { startedFrom });
    await b.clock.advanceUntil(run.ending);
    const { runId } = await b.engine.fork(run.id);
    await b.clock.advanceUntil((await b.engine.resume(runId)).ending);
    await o.telemetry.flush();
    const [first, second] = o.spans().filter(({ name }) => name.startsWith("invoke_workflow"));
    expect([tracesOf(o.spans()).length, second?.links.map((link) => link.context.spanId)]).toEqual([
      2,
      [first?.spanContext().spanId],
    ]);
    expect(b.engine.storage.getRun(runId)?.startedFrom).toBeUndefined();
  });
});

describe("an agent of a traced run", () => {
  test("is called in the span of its attempt, and given its `traceparent`", async () => {
    await using o = observe();
    const seen: unknown[] = [];
    await using engine = await WorkflowEngine.open({
      database: ":memory:",
      agents: {
        worker: async ({ traceparent }) => {
          await sleep(1);
          trace.getActiveSpan()?.setAttribute("mine", true);
          o.provider.getTracer("agent").startSpan("inside").end();
          seen.push(traceparent);
          return 1;
        },
      },
    });
    await (await engine.start(workflow({ a: [] }))).ending;
    await o.telemetry.flush();
    const attempt = o.spans().find(({ name }) => name === "invoke_agent worker");
    const { traceId, spanId } = attempt?.spanContext() ?? {};
    expect([seen, attempt?.attributes["mine"]]).toEqual([[`00-${traceId}-${spanId}-01`], true]);
    expect(treeOf(o.spans()).slice(1)).toEqual([
      "  step a",
      "    invoke_agent worker",
      "      inside",
    ]);
  });

  test("does not run in the span of another run", async () => {
    await using o = observe();
    await using engine = await WorkflowEngine.open({
      database: ":memory:",
      agents: { worker: () => trace.getSpan(context.active())?.spanContext().spanId },
    });
    const runs = await Promise.all([1, 2, 3].map(() => engine.start(workflow({ a: [] }))));
    const results = await Promise.all(runs.map(async ({ ending }) => (await ending).results["a"]));
    await o.telemetry.flush();
    const attempts = o.spans().filter(({ name }) => name === "invoke_agent worker");
    expect(results.map(String).toSorted()).toEqual(
      attempts.map((span) => span.spanContext().spanId).toSorted(),
    );
    expect(new Set(results).size).toBe(3);
  });

  test("is given the run's own `traceparent` where nothing is traced", async () => {
    await using engine = await WorkflowEngine.open({
      database: ":memory:",
      agents: { worker: ({ traceparent }) => traceparent ?? "none" },
    });
    const given = await engine.start(workflow({ a: [] }), { startedFrom: { traceparent: GIVEN } });
    const none = await engine.start(workflow({ a: [] }));
    expect([(await given.ending).results, (await none.ending).results]).toEqual([
      { a: GIVEN },
      { a: "none" },
    ]);
  });

  test("learns that a trace is not sampled, and no span of the run is exported", async () => {
    await using o = observe({ sampler: new ParentBasedSampler({ root: new AlwaysOffSampler() }) });
    const child = normalWorkflow({ look: [] }, { id: "child" });
    await using b = await bench();
    const run = await b.engine.start(
      normalWorkflow({ a: [], b: { after: ["a"], ...childRun(child) } }, {}, [child]),
    );
    await b.clock.advanceUntil(run.ending);
    await o.telemetry.flush();
    const flags = b.agent.requests.map(({ traceparent }) => traceparent?.slice(-3));
    expect([o.spans(), flags]).toEqual([[], ["-00", "-00"]]);
  });
});

describe("startTelemetry", () => {
  test("refuses a provider whose spans would have other ids, and says what to do", () => {
    const tracerProvider = new TracerProvider({ idGenerator: new RandomIdGenerator() });
    expect(() => startTelemetry({ tracerProvider })).toThrow(
      expect.objectContaining({
        code: "invalid_argument",
        message: "The tracer provider does not take the ids of spans from `RunIds`.",
        remedy: "Set up the SDK with `idGenerator: new RunIds()`.",
      }),
    );
  });

  test.each([{ traceparent: "00-x" }, { traceparent: `${GIVEN}-more` }, { traceparent: "" }])(
    "lets no run start with an invalid traceparent: %o",
    async (startedFrom) => {
      await using b = await bench();
      await expect(b.engine.start(workflow({ a: [] }), { startedFrom })).rejects.toMatchObject({
        code: "invalid_argument",
        message: expect.stringContaining("startedFrom.traceparent must be the value of a W3C"),
      });
    },
  );

  test("observes nothing once it is stopped", async () => {
    const o = observe();
    await o.telemetry.stop();
    await using b = await bench();
    await b.clock.advanceUntil((await b.engine.start(workflow({ a: [] }))).ending);
    expect(o.spans()).toEqual([]);
    await o[Symbol.asyncDispose]();
  });
});
