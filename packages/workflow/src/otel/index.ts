/**
 * @automatosx/workflow/otel: exports runs as OpenTelemetry traces and metrics. It needs the package
 * `@opentelemetry/api`; the SDK is the application's choice.
 */

import { type MeterProvider, metrics, type TracerProvider, trace } from "@opentelemetry/api";
import { checkOptions, type OptionChecks } from "../checks/check-options.js";
import { amount, withMethods } from "../checks/option-checks.js";
import { WorkflowError } from "../errors.js";
import { Telemetry } from "./Telemetry.js";
import { usesRunIds } from "./uses-run-ids.js";

export { RunIds } from "./RunIds.js";

/** Where to export to. Every option has a default. */
export interface TelemetryOptions {
  /** The provider of the tracer. Default: the global one. It must have `RunIds`. */
  readonly tracerProvider?: TracerProvider;
  /** The provider of the meter. Default: the global one. */
  readonly meterProvider?: MeterProvider;
  /**
   * How often to flush the tracer provider while runs are active, in ms. Default 5,000. A process
   * that dies in between leaves its last spans to the process that continues the runs.
   */
  readonly flushIntervalMs?: number;
}

/** The telemetry of this process. */
export interface RunTelemetry {
  /** Exports every span that has ended. */
  flush(): Promise<void>;
  /** Exports every span that has ended, and observes no more runs. */
  stop(): Promise<void>;
}

const OPTION_CHECKS: OptionChecks<TelemetryOptions> = {
  tracerProvider: withMethods("a tracer provider", "getTracer"),
  meterProvider: withMethods("a meter provider", "getMeter"),
  flushIntervalMs: amount(1),
};

const DEFAULT_FLUSH_INTERVAL_MS = 5000;

/**
 * Exports the runs of every engine in this process, from now on: one trace per run, also if the run
 * is paused, or continued by another process after a crash; and metrics of runs, steps and
 * attempts. Call it once, after the SDK is set up.
 *
 * @example
 * const sdk = new NodeSDK({ idGenerator: new RunIds(), traceExporter: new OTLPTraceExporter() });
 * sdk.start();
 * const telemetry = startTelemetry();
 *
 * @throws WorkflowError `invalid_argument` if the tracer provider does not use `RunIds`
 */
export function startTelemetry(options: TelemetryOptions = {}): RunTelemetry {
  checkOptions<TelemetryOptions>("startTelemetry", options, OPTION_CHECKS);
  const tracerProvider = options.tracerProvider ?? trace.getTracerProvider();
  if (usesRunIds(tracerProvider) === false)
    throw new WorkflowError(
      "invalid_argument",
      "The tracer provider does not take the ids of spans from `RunIds`.",
      { remedy: "Set up the SDK with `idGenerator: new RunIds()`." },
    );
  const telemetry = new Telemetry({
    tracerProvider,
    meterProvider: options.meterProvider ?? metrics.getMeterProvider(),
    flushIntervalMs: options.flushIntervalMs ?? DEFAULT_FLUSH_INTERVAL_MS,
  });
  return { flush: () => telemetry.flush(), stop: () => telemetry.stop() };
}
