import { hash } from "node:crypto";
import type { StoredArtifact } from "../storage/StoragePort.js";

/**
 * The largest value, in bytes, that is stored in the journal itself. A larger one is stored as an
 * artifact, and its journal entry contains the hash.
 */
export const INLINE_BYTES = 256 * 1024;
/** The maximum number of bytes that UTF-8 needs for one UTF-16 code unit. */
const MAX_BYTES_PER_CODE_UNIT = 3;

/** A value as a member of a payload, without braces, and the artifact to write with it. */
export interface JournalValue {
  readonly member: string;
  readonly artifact?: StoredArtifact;
}

/**
 * Returns the member of a payload for a value: `"result":…`, or `"artifact":"…"` for a large one.
 * `text` is the value as JSON; `reference` is the name of the member for a large one.
 */
export function journalValue(name: string, text: string, reference = "artifact"): JournalValue {
  // Most values are too short to need their bytes counted.
  const isLarge =
    text.length * MAX_BYTES_PER_CODE_UNIT > INLINE_BYTES && Buffer.byteLength(text) > INLINE_BYTES;
  if (!isLarge) return { member: `"${name}":${text}` };
  const sha256 = hash("sha256", text, "hex");
  return { member: `"${reference}":"${sha256}"`, artifact: { sha256, content: text } };
}
