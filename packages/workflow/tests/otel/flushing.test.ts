import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DiagLogLevel, diag } from "@opentelemetry/api";
import {
  BatchSpanProcessor,
  InMemorySpanExporter,
  type ReadableSpan,
  type SpanExporter,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { afterAll, describe, expect, test } from "vitest";
import { openSqliteStorage, WorkflowEngine } from "../../src/index.js";
import { RunIds, startTelemetry } from "../../src/otel/index.js";
import { gate, normalWorkflow } from "../support/normal-form.js";
import { bench, workflow } from "../support/workflows.js";

const folder = mkdtempSync(join(tmpdir(), "axw-flushing-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function batching(exporter: SpanExporter): TracerProvider {
  const limits = { scheduledDelayMillis: 2 ** 30, maxQueueSize: 512, maxExportBatchSize: 512 };
  const spanProcessors = [new BatchSpanProcessor({ exporter, ...limits })];
  return new TracerProvider({ idGenerator: new RunIds(), spanProcessors });
}

describe("the flushes of traces", () => {
  test("keep up with a fan-out that has more spans than a processor keeps", async () => {
    const exporter = new InMemorySpanExporter();
    const telemetry = startTelemetry({ tracerProvider: batching(exporter) });
    await using b = await bench();
    const items = Array.from({ length: 900 }, (_, index) => index);
    const run = await b.engine.start(normalWorkflow({ each: { foreach: { in: items, as: "i" } } }));
    await b.clock.advanceUntil(run.ending);
    await telemetry.stop();
    const spans = exporter.getFinishedSpans();
    // A step and an attempt for each item, the fan-out and the run.
    expect([spans.length, new Set(spans.map((span) => span.spanContext().spanId)).size]).toEqual([
      1802, 1802,
    ]);
    const { seq, isPending } = b.engine.storage.tracePosition?.(run.id) ?? {};
    expect([seq, isPending]).toEqual([[...b.engine.storage.readJournal(run.id)].length, false]);
  });

  test("note nothing if the exporter fails; another process then exports the whole run", async () => {
    const database = join(folder, "failing.db");
    const messages: string[] = [];
    const ignore = (): void => undefined;
    const logger = { debug: ignore, error: ignore, info: ignore, verbose: ignore, warn: ignore };
    const error = (text: string): void => void messages.push(text);
    diag.setLogger(
      { ...logger, error },
      { logLevel: DiagLogLevel.ERROR, suppressOverrideMessage: true },
    );
    const provider = batching(new InMemorySpanExporter());
    provider.forceFlush = () => Promise.reject(new Error("the collector is away"));
    const failing = startTelemetry({ tracerProvider: provider });
    const first = await WorkflowEngine.open({ database, agents: { worker: () => 1 } });
    const run = await first.start(workflow({ a: [] }));
    expect((await run.ending).status).toBe("completed");
    await first.close();
    await failing.stop();
    diag.disable();
    expect([...new Set(messages)]).toEqual([
      "@automatosx/workflow: spans could not be exported: the collector is away",
    ]);
    const storage = openSqliteStorage({ path: database });
    expect(storage.tracePosition(run.id)).toEqual({ runId: run.id, seq: 0, isPending: true });

    const exporter = new InMemorySpanExporter();
    const telemetry = startTelemetry({ tracerProvider: batching(exporter) });
    await using second = await WorkflowEngine.open({ storage, agents: { worker: () => 1 } });
    await (await second.start(workflow({ other: [] }))).ending;
    await expect
      .poll(() => storage.tracePosition(run.id)?.isPending, { timeout: 20_000 })
      .toBe(false);
    await telemetry.stop();
    const names = (spans: readonly ReadableSpan[]): string[] =>
      spans.map(({ name }) => name).sort();
    expect(names(exporter.getFinishedSpans())).toEqual([
      ...["invoke_agent worker", "invoke_agent worker"],
      ...["invoke_workflow under test", "invoke_workflow under test", "step a", "step other"],
    ]);
    await second.close();
    storage.close();
  });

  test("let another engine continue where the first has stopped, and repeat nothing", async () => {
    const exporter = new InMemorySpanExporter();
    const telemetry = startTelemetry({ tracerProvider: batching(exporter) });
    const database = join(folder, "continued.db");
    const agents = { worker: () => 1 };
    const first = await WorkflowEngine.open({ database, agents });
    const steps = { a: [], ask: { ...gate("?"), after: ["a"] }, b: ["ask"] };
    const run = await first.start(normalWorkflow(steps));
    expect((await run.ending).status).toBe("paused");
    await first.close();
    const names = (): string[] => exporter.getFinishedSpans().map(({ name }) => name);
    expect(names()).toEqual(["invoke_agent worker", "step a"]);

    const second = await WorkflowEngine.open({ database, agents });
    await (await second.answer(run.id, "ask", { approved: true }))?.ending;
    await second.close();
    await telemetry.stop();
    expect(names()).toEqual([
      ...["invoke_agent worker", "step a", "step ask"],
      ...["invoke_agent worker", "step b", "invoke_workflow under test"],
    ]);
    const traces = exporter.getFinishedSpans().map((span) => span.spanContext().traceId);
    expect(new Set(traces).size).toBe(1);
  });

  test("are awaited when the engine is closed", async () => {
    const exporter = new InMemorySpanExporter();
    const telemetry = startTelemetry({ tracerProvider: batching(exporter) });
    const database = join(folder, "closed.db");
    const engine = await WorkflowEngine.open({ database, agents: { worker: () => 1 } });
    const run = await engine.start(workflow({ a: [] }));
    await run.ending;
    await engine.close();
    const storage = openSqliteStorage({ path: database });
    expect([exporter.getFinishedSpans().length, storage.tracePosition(run.id)]).toEqual([
      3,
      { runId: run.id, seq: expect.any(Number), isPending: false },
    ]);
    storage.close();
    await telemetry.stop();
  });

  test("happen in intervals while a run is active", async () => {
    const exporter = new InMemorySpanExporter();
    const telemetry = startTelemetry({ tracerProvider: batching(exporter), flushIntervalMs: 5 });
    const agent = Promise.withResolvers<number>();
    await using engine = await WorkflowEngine.open({
      database: ":memory:",
      agents: { worker: ({ stepId }) => (stepId === "a" ? 1 : agent.promise) },
    });
    const run = await engine.start(workflow({ a: [], b: ["a"] }));
    await expect
      .poll(() => exporter.getFinishedSpans().map(({ name }) => name))
      .toEqual(["invoke_agent worker", "step a"]);
    agent.resolve(2);
    await run.ending;
    await telemetry.stop();
  });
});
