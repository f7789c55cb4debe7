import { isSpanContextValid, type TracerProvider } from "@opentelemetry/api";
import { withIds } from "./RunIds.js";

/** The name of the instrumentation scope. */
export const SCOPE = "@automatosx/workflow";

/** The ids of a span that is never ended, so that it is never exported. */
const PROBE = { traceId: "1".repeat(32), spanId: "1".repeat(16) };

/**
 * Returns whether the spans of a provider have ids from `RunIds`; undefined for a provider without
 * an SDK, which has no spans.
 */
export function usesRunIds(provider: TracerProvider): boolean | undefined {
  const tracer = provider.getTracer(SCOPE);
  const probe = withIds(PROBE, () => tracer.startSpan("probe", { root: true }).spanContext());
  if (!isSpanContextValid(probe)) return undefined;
  return probe.traceId === PROBE.traceId && probe.spanId === PROBE.spanId;
}
