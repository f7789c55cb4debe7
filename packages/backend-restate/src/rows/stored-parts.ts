import type { JournalEntry } from "@automatosx/schemas";
import type { StoragePort, StoredDefinition } from "@automatosx/workflow/hosting";
import type { RowPart } from "../wire.js";

/** Returns the rows of a run in a database after an entry, at most about `maxChars` of them. */
export function readStoredParts(
  storage: StoragePort,
  runId: string,
  afterSeq: number,
  maxChars: number,
): { readonly parts: readonly RowPart[]; readonly hasMore: boolean } {
  if (storage.getRun(runId) === undefined) return { parts: [], hasMore: false };
  const entries: JournalEntry[] = [];
  let chars = 0;
  let hasMore = false;
  for (const entry of storage.readJournal(runId, afterSeq)) {
    if (chars >= maxChars) {
      hasMore = true;
      break;
    }
    entries.push(entry);
    chars += entry.payload.length + 100;
  }
  if (entries.length === 0) return { parts: [], hasMore };
  const definitions = entries.flatMap((entry) => definitionOf(storage, entry));
  return {
    parts: [{ afterSeq, entries, ...(definitions.length > 0 && { definitions }) }],
    hasMore,
  };
}

function definitionOf(storage: StoragePort, entry: JournalEntry): readonly StoredDefinition[] {
  if (entry.type !== "definition_changed") return [];
  const { definitionHash } = JSON.parse(entry.payload) as { readonly definitionHash: string };
  const found = storage.getWorkflow(definitionHash);
  return found === undefined ? [] : [found];
}
