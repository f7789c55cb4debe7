import { context } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import {
  InMemorySpanExporter,
  type ReadableSpan,
  type Sampler,
  SimpleSpanProcessor,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { RunIds, type RunTelemetry, startTelemetry } from "../../src/otel/index.js";

/** An SDK that keeps in memory what is exported, and the telemetry of this process. */
export interface Observed extends AsyncDisposable {
  readonly telemetry: RunTelemetry;
  readonly provider: TracerProvider;
  /** The spans that were exported, in the order of their ends. */
  spans(): readonly ReadableSpan[];
  /** The value of a metric by its attributes, as `name{key=value,…}`. */
  metrics(): Promise<Readonly<Record<string, unknown>>>;
}

export function observe(options: { readonly sampler?: Sampler } = {}): Observed {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({
    ...options,
    idGenerator: new RunIds(),
    spanProcessors: [new SimpleSpanProcessor({ exporter })],
  });
  const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter: metricExporter });
  const meterProvider = new MeterProvider({ readers: [reader] });
  const telemetry = startTelemetry({ tracerProvider: provider, meterProvider });
  return {
    telemetry,
    provider,
    spans: () => exporter.getFinishedSpans(),
    metrics: async () => {
      await reader.forceFlush();
      const [latest] = metricExporter.getMetrics().slice(-1);
      const points = latest?.scopeMetrics.flatMap(({ metrics }) =>
        metrics.flatMap(({ descriptor, dataPoints }) =>
          dataPoints.map(({ attributes, value }) => {
            const labels = Object.entries(attributes).map(
              ([key, text]) => `${key}=${String(text)}`,
            );
            return [`${descriptor.name}{${labels.sort().join(",")}}`, value] as const;
          }),
        ),
      );
      return Object.fromEntries(points ?? []);
    },
    [Symbol.asyncDispose]: async () => {
      await telemetry.stop();
      await Promise.all([provider.shutdown(), meterProvider.shutdown()]);
      context.disable();
    },
  };
}

/** The spans as a tree: each span under its parent, siblings in the order of their beginnings. */
export function treeOf(spans: readonly ReadableSpan[]): string[] {
  const ids = new Set(spans.map((span) => span.spanContext().spanId));
  const began = (span: ReadableSpan): number => span.startTime[0] * 1e9 + span.startTime[1];
  const below = (parent: string | undefined, depth: number): string[] =>
    spans
      .filter(({ parentSpanContext }) => {
        const id = parentSpanContext?.spanId;
        return parent === undefined ? id === undefined || !ids.has(id) : id === parent;
      })
      .toSorted((a, b) => began(a) - began(b))
      .flatMap((span) => [
        `${"  ".repeat(depth)}${span.name}`,
        ...below(span.spanContext().spanId, depth + 1),
      ]);
  return below(undefined, 0);
}

/** The ids of the traces that the spans belong to. */
export function tracesOf(spans: readonly ReadableSpan[]): readonly string[] {
  return [...new Set(spans.map((span) => span.spanContext().traceId))];
}
