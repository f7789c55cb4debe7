import type { JournalEntry } from "@automatosx/schemas";

/** The entries that may refer to artifacts. */
const TYPES: ReadonlySet<string> = new Set([
  "step_completed",
  "step_answered",
  "gate_answered",
  "signal_received",
]);

const LARGE_VALUE = '{"artifact":';
const WITH_FILES = '{"files":';

/**
 * Returns the hashes of the artifacts that a journal entry refers to: a large value, and the files
 * that an attempt has left.
 */
export function referencedArtifacts({
  type,
  payload,
}: Pick<JournalEntry, "type" | "payload">): readonly string[] {
  if (!TYPES.has(type)) return [];
  if (!payload.startsWith(LARGE_VALUE) && !payload.startsWith(WITH_FILES)) return [];
  const { artifact, files = [] } = JSON.parse(payload) as {
    readonly artifact?: string;
    readonly files?: readonly { readonly artifact: string }[];
  };
  const ofFiles = files.map((file) => file.artifact);
  return artifact === undefined ? ofFiles : [artifact, ...ofFiles];
}

/**
 * The same in SQL: a condition that is true for the entries `e` that refer to artifacts, and the
 * hashes that one of them refers to.
 */
export const REFERS_TO_ARTIFACTS = `e.type IN (${[...TYPES].map((type) => `'${type}'`).join(", ")})
    AND (e.payload GLOB '${LARGE_VALUE}*' OR e.payload GLOB '${WITH_FILES}*')`;

export const REFERENCED_ARTIFACTS = `SELECT e.payload ->> '$.artifact'
    UNION ALL SELECT value ->> '$.artifact' FROM json_each(e.payload, '$.files')`;
