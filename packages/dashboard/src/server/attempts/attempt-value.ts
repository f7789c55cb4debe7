import { createHash } from "node:crypto";
import { type ShownRequest, shownRequest } from "@automatosx/workflow/drive";
import { findRun, type RunReader, type StoredRun } from "@automatosx/workflow/observe";
import { resultOf } from "@automatosx/workflow/run-view";
import type { AttemptValue } from "../../api/run.schema.js";
import type { Reading } from "../Reading.js";
import { RefusedRequest } from "../RefusedRequest.js";

/** The largest value that is part of an answer, in bytes of its JSON text. */
const MAX_BYTES = 1_000_000;

/** What stands in place of a secret. */
const MASK = "***";

/** An attempt at a step of a run that a request names. */
export interface NamedAttempt {
  readonly run: StoredRun;
  readonly step: string;
  /** 0 for a step that has no attempts. */
  readonly attempt: number;
}

/**
 * Finds an attempt.
 *
 * @throws WorkflowError `run_not_found`, `run_ambiguous`; RefusedRequest 404 `step_not_found`
 */
export function findAttempt(
  { storage, readers }: Reading,
  params: { readonly run: string; readonly step: string; readonly attempt: number },
): NamedAttempt & { readonly reader: RunReader } {
  const run = findRun(storage, params.run);
  const reader = readers.latest(run.runId);
  if (reader.view.step(params.step) === undefined)
    throw missing(run, `Run ${run.runId} has no step \`${params.step}\`.`);
  return { run, step: params.step, attempt: params.attempt, reader };
}

/** Describes a value, and contains it unless it is large. */
export function describeValue(value: unknown): AttemptValue {
  const text = JSON.stringify(value) ?? "null";
  const bytes = Buffer.byteLength(text);
  return {
    bytes,
    sha256: createHash("sha256").update(text).digest("hex"),
    ...(bytes <= MAX_BYTES && { value: value ?? null }),
    mask: text.includes(MASK),
  };
}

/**
 * Returns the result of an attempt: that which the step has now for its latest attempt.
 *
 * @throws RefusedRequest 404 `step_not_found`
 */
export function resultOfAttempt(
  reading: Reading,
  named: NamedAttempt & { readonly reader: RunReader },
): unknown {
  const { run, step, attempt, reader } = named;
  const now = reader.view.step(step);
  if (now?.status === "completed" && now.attemptNumber === attempt) return now.result ?? null;
  for (const entry of reading.storage.readJournal(run.runId)) {
    if (entry.stepId !== step || entry.attemptNumber !== attempt) continue;
    if (entry.type !== "step_completed" && entry.type !== "step_answered") continue;
    const artifact = (sha256: string): unknown => {
      const content = reading.storage.getArtifact(sha256);
      return content === undefined ? undefined : JSON.parse(content);
    };
    return resultOf(entry, { artifact });
  }
  throw missing(
    run,
    attempt === 0
      ? `Step \`${step}\` has no result: it is ${now?.status ?? "pending"}.`
      : `Attempt ${attempt} of \`${step}\` gave no result.`,
  );
}

/**
 * Returns what an attempt was asked and given.
 *
 * @throws RefusedRequest 404 `step_not_found`
 */
export function requestOfAttempt(reading: Reading, named: NamedAttempt): ShownRequest {
  const { run, step, attempt } = named;
  const row = reading.storage
    .listAttempts(run.runId, step)
    .find(({ attemptNumber }) => attemptNumber === attempt);
  if (row === undefined) throw missing(run, `Step \`${step}\` has had no attempt ${attempt}.`);
  // The entry that began it was accepted at the same instant; others may have been too.
  const seqs: number[] = [];
  for (const { seq, at } of reading.storage.readJournal(run.runId)) {
    if (at === row.startedAt) seqs.push(seq);
    if (at > row.startedAt && seqs.length > 0) break;
  }
  for (const seq of seqs) {
    const request = shownRequest(reading.readers.at(run.runId, seq).view.machine, step, attempt);
    if (request !== undefined) return request;
  }
  throw missing(run, `What attempt ${attempt} of \`${step}\` was asked is not known any more.`);
}

function missing({ runId }: StoredRun, message: string): RefusedRequest {
  return new RefusedRequest(404, {
    code: "step_not_found",
    message,
    remedy: "Look at the attempts of the step.",
    runId,
  });
}
