import { randomBytes } from "node:crypto";

/** The ids of a span that is about to be started. */
export interface SpanIds {
  readonly traceId: string;
  readonly spanId: string;
}

let next: SpanIds | undefined;

/** Calls `start`; a span that it starts has these ids, if its provider uses `RunIds`. */
export function withIds<T>(ids: SpanIds, start: () => T): T {
  next = ids;
  try {
    return start();
  } finally {
    next = undefined;
  }
}

/**
 * The `idGenerator` for a tracer provider. The spans of runs get ids that follow from the run, so
 * that every process that continues a run knows them; all other spans get random ones.
 */
export class RunIds {
  /** Returns 32 hexadecimal digits. */
  generateTraceId(): string {
    return next?.traceId ?? randomBytes(16).toString("hex");
  }

  /** Returns 16 hexadecimal digits. */
  generateSpanId(): string {
    return next?.spanId ?? randomBytes(8).toString("hex");
  }
}
