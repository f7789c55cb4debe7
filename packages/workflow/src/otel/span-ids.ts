import { hash } from "node:crypto";
import { attemptKey } from "../journal/attempt-key.js";
import { startingAttempt } from "../journal/child-run-id.js";
import { parentOf } from "../journal/child-steps.js";
import type { StoragePort, StoredRun } from "../storage/StoragePort.js";
import { parseTraceparent, type SpanReference } from "../traceparent.js";

/*
 * The ids of the spans of a run follow from the run, so that they are the same in every process
 * that continues it, and nothing about a span that has not ended needs to be stored.
 */

type RunName = Pick<StoredRun, "runId" | "createdAt">;

/** The trace that a run belongs to, and the span in which it was started. */
export interface TracePlace {
  readonly traceId: string;
  /** Absent if the run is the root of its trace. Its flags are those of `traceparent`. */
  readonly parent?: SpanReference;
  /** The run whose attempt is the parent. */
  readonly parentRun?: StoredRun;
}

/** Returns the place of a run: in the trace of its caller, of its parent run, or in its own. */
export function tracePlace(storage: StoragePort, run: StoredRun): TracePlace {
  const parentRun = parentOf(storage, run);
  if (parentRun !== undefined) {
    const { traceId } = tracePlace(storage, parentRun);
    const key = attemptKey(parentRun, run.parentStepId ?? "", startingAttempt(run.runId));
    return { traceId, parent: { traceId, spanId: attemptSpanId(key), traceFlags: 0 }, parentRun };
  }
  const parent = parseTraceparent(run.startedFrom?.traceparent ?? "");
  return parent === undefined ? { traceId: ownTraceId(run) } : { traceId: parent.traceId, parent };
}

/** Returns the id of the span of a run's nth execution. */
export function runSpanId(run: RunName, executionNumber: number): string {
  return digits(`run ${attemptKey(run, "", executionNumber)}`, 16);
}

/** Returns the id of the span of a step that began with this journal entry. */
export function stepSpanId(run: RunName, stepId: string, startedSeq: number): string {
  return digits(`step ${attemptKey(run, stepId, startedSeq)}`, 16);
}

/** Returns the id of the span of an attempt, from its idempotency key. */
export function attemptSpanId(idempotencyKey: string): string {
  return digits(`attempt ${idempotencyKey}`, 16);
}

function ownTraceId(run: RunName): string {
  return digits(`trace ${attemptKey(run, "", 0)}`, 32);
}

function digits(text: string, count: number): string {
  return hash("sha256", text, "hex").slice(0, count);
}
