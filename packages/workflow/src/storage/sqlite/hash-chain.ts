import { hash } from "node:crypto";
import type { JournalEntry } from "@automatosx/schemas";

/*
 * SQLite does not notice a flipped bit in a value, so what a decision rests on is hashed. The recipe is part of the
 * format of the database: another one needs a higher STORAGE_FORMAT (migrate.ts).
 *
 * A field goes in as its length in UTF-16 units, a colon and its text, an absent one as `-`: no two lists of fields
 * give the same text. The whole is hashed as UTF-8 in one call, which is half the time of an incremental hash.
 */

/** sha-256, hex, over fields, each with its length in front. */
export function hashFields(fields: readonly (string | number | null | undefined)[]): string {
  let text = "";
  for (const field of fields) text += framed(field);
  return hash("sha256", text, "hex");
}

/** The hash of a journal row: over the hash before it (for the first, the run's `origin_hash`) and all its fields. */
export function chainHash(before: string, entry: JournalEntry): string {
  const { runId, seq, type, at, stepId, attemptNumber, payload } = entry;
  const outcome = stepId === undefined ? "-" : `${stepId.length}:${stepId}${attemptNumber};`;
  const text = `${before}${runId.length}:${runId}${seq};${type.length}:${type}${at};${outcome}${payload.length}:${payload}`;
  return hash("sha256", text, "hex");
}

function framed(field: string | number | null | undefined): string {
  if (field === null || field === undefined) return "-";
  const text = String(field);
  return `${text.length}:${text}`;
}
