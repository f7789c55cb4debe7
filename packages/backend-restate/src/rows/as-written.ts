import type { JournalEntry } from "@automatosx/schemas";
import { INLINE_BYTES } from "@automatosx/workflow/hosting";
import { type ArtifactStore, readArtifact } from "../attempts/ArtifactStore.js";
import type { RowPart } from "../wire.js";

/**
 * Returns a part with the rows that the embedded engine would write: a result that a run refers to,
 * but that is small enough for a row, stands in the row.
 */
export function asWritten(part: RowPart, artifacts: ArtifactStore): RowPart {
  const entries = part.entries.map((entry) => withResult(entry, artifacts));
  return entries.every((entry, index) => entry === part.entries[index])
    ? part
    : { ...part, entries };
}

// No text in a payload can look like what is between its members: its quotes are escaped.
const REFERENCE = /^(\{(?:"files":\[.*?\],)?)"artifact":"([0-9a-f]{64})"/s;

function withResult(entry: JournalEntry, artifacts: ArtifactStore): JournalEntry {
  if (entry.type !== "step_completed" && entry.type !== "step_answered") return entry;
  const [reference, before, sha256] = REFERENCE.exec(entry.payload) ?? [];
  if (reference === undefined || sha256 === undefined) return entry;
  const content = readArtifact(artifacts, sha256);
  if (Buffer.byteLength(content) > INLINE_BYTES) return entry;
  return {
    ...entry,
    payload: `${before}"result":${content}${entry.payload.slice(reference.length)}`,
  };
}
