import { parseDuration } from "@automatosx/schemas";
import type { RetentionPolicy } from "@automatosx/workflow";
import type { DbOptions } from "../../database.js";
import { parseByteSize } from "../../render/byte-size.js";
import { UsageError } from "../../UsageError.js";

/** The flags of `axw gc`. */
export interface GcOptions extends DbOptions {
  readonly olderThan?: string;
  readonly keep?: number;
  readonly maxSize?: string;
  readonly checkpoints?: number;
  /** Whether failed runs are removed too. */
  readonly failed?: boolean;
  readonly vacuum?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/**
 * The limits that the flags set; undefined if they set none.
 *
 * @throws UsageError `invalid_argument`
 */
export function retentionPolicy({
  olderThan,
  keep,
  maxSize,
  checkpoints,
  failed = false,
}: GcOptions): RetentionPolicy | undefined {
  const limits: RetentionPolicy = {
    ...(olderThan !== undefined && { maxAgeMs: durationOf(olderThan) }),
    ...(keep !== undefined && { maxRunCount: keep }),
    ...(maxSize !== undefined && { maxBytes: bytesOf(maxSize) }),
    ...(checkpoints !== undefined && { checkpointsPerRun: checkpoints }),
  };
  return Object.keys(limits).length === 0 ? undefined : { ...limits, keepsFailed: !failed };
}

function durationOf(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  throw new UsageError(`--older-than must be a duration; ${text} is not.`, {
    remedy: "Write 30d, 12h, 1h30m or 90s.",
  });
}

function bytesOf(text: string): number {
  const bytes = parseByteSize(text);
  if (bytes !== undefined) return bytes;
  throw new UsageError(`--max-size must be a size with a unit; ${text} is not.`, {
    remedy: "Write 500MB, 2GB or 800KB. 1 MB is 1,048,576 bytes.",
  });
}
