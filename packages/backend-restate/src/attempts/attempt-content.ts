import { type AttemptRequest, failure, type Outcome } from "@automatosx/workflow/drive";
import type { AttemptAnswer, AttemptMessage } from "../wire.js";
import { type ArtifactStore, readArtifact } from "./ArtifactStore.js";
import { resolved, resolvedOnRead } from "./references.js";

/** A larger result is stored as an artifact, unless it may decide something. */
const INLINE_BYTES = 16 * 1024;

/** A larger result cannot be sent. The server refuses messages of 32 MiB. */
const MAX_INLINE_BYTES = 16 * 1024 * 1024;

/** Returns the request of an attempt, with the large results that it refers to. */
export function requestOf(
  { request, stored, referenceKey }: AttemptMessage,
  artifacts: ArtifactStore,
): AttemptRequest {
  const read = (sha256: string): string => readArtifact(artifacts, sha256);
  const sent = request ?? (JSON.parse(read(stored ?? "")) as AttemptRequest);
  const { item, values, results } = sent;
  return {
    ...sent,
    ...(item !== undefined && { item: resolved(item, referenceKey, read) }),
    values: resolved(values, referenceKey, read) as AttemptRequest["values"],
    results: resolvedOnRead(results, referenceKey, read),
  };
}

/**
 * Returns the outcome of an attempt as an answer: the server keeps every message, and refuses large
 * ones.
 */
export function sendable(
  outcome: Outcome,
  { isDeciding }: Pick<AttemptMessage, "isDeciding">,
  artifacts: ArtifactStore,
): AttemptAnswer {
  if (!outcome.ok || outcome.text.length <= INLINE_BYTES / 3) return outcome;
  const bytes = Buffer.byteLength(outcome.text);
  if (bytes <= INLINE_BYTES) return outcome;
  if (!isDeciding) return { ...outcome, text: "null", reference: artifacts.put(outcome.text) };
  if (bytes <= MAX_INLINE_BYTES) return outcome;
  const limit = `${bytes} bytes, and the limit on this backend is ${MAX_INLINE_BYTES} bytes`;
  return failure(
    `its result, which an expression of the workflow reads, has ${limit}`,
    "invalid",
    outcome.at,
  );
}
