/** A span as a W3C `traceparent` names it. */
export interface SpanReference {
  /** 32 hexadecimal digits, not all zero. */
  readonly traceId: string;
  /** 16 hexadecimal digits, not all zero. */
  readonly spanId: string;
  /** The flags of the trace: 1 if it is sampled. */
  readonly traceFlags: number;
}

const FORM = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const ONLY_ZEROS = /^0+$/;

/**
 * Reads the value of a `traceparent` header; undefined if it is not valid. Of a later version than
 * 00, the part that version 00 defines is read, as the W3C recommendation requires.
 */
export function parseTraceparent(value: string): SpanReference | undefined {
  const [, version, traceId = "", spanId = "", flags = "", rest] = FORM.exec(value) ?? [];
  if (version === undefined || version === "ff") return undefined;
  if (version === "00" && rest !== undefined) return undefined;
  if (ONLY_ZEROS.test(traceId) || ONLY_ZEROS.test(spanId)) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) };
}

/** Returns the value of a `traceparent` header. Only the flag `sampled` is passed on. */
export function formatTraceparent({ traceId, spanId, traceFlags }: SpanReference): string {
  return `00-${traceId}-${spanId}-0${traceFlags & 1}`;
}
