import type { JournalEntry } from "@automatosx/schemas";

/** The entries that may refer to artifacts. */
const TYPES: ReadonlySet<string> = new Set([
  "step_completed",
  "step_answered",
  "gate_answered",
  "signal_received",
  "result_edited",
  "definition_changed",
]);

const LARGE_VALUE = '{"artifact":';
const WITH_FILES = '{"files":';
const LARGE_EDIT = '{"editsArtifact":';
const BEGINNINGS = [LARGE_VALUE, WITH_FILES, LARGE_EDIT];

/**
 * Returns the hashes of the artifacts that a journal entry refers to: a large value, a large edit
 * that came with it, and the files that an attempt has left.
 */
export function referencedArtifacts({
  type,
  payload,
}: Pick<JournalEntry, "type" | "payload">): readonly string[] {
  if (!TYPES.has(type)) return [];
  if (!BEGINNINGS.some((beginning) => payload.startsWith(beginning))) return [];
  const {
    artifact,
    editsArtifact,
    files = [],
  } = JSON.parse(payload) as {
    readonly artifact?: string;
    readonly editsArtifact?: string;
    readonly files?: readonly { readonly artifact: string }[];
  };
  const values = [artifact, editsArtifact].filter((sha256) => sha256 !== undefined);
  return [...values, ...files.map((file) => file.artifact)];
}

/**
 * The same in SQL: a condition that is true for the entries `e` that refer to artifacts, and the
 * hashes that one of them refers to.
 */
export const REFERS_TO_ARTIFACTS = `e.type IN (${[...TYPES].map((type) => `'${type}'`).join(", ")})
    AND (${BEGINNINGS.map((beginning) => `e.payload GLOB '${beginning}*'`).join(" OR ")})`;

export const REFERENCED_ARTIFACTS = `SELECT e.payload ->> '$.artifact'
    UNION ALL SELECT e.payload ->> '$.editsArtifact'
    UNION ALL SELECT value ->> '$.artifact' FROM json_each(e.payload, '$.files')`;
