import { hash } from "node:crypto";
import type { JournalEntry } from "@automatosx/schemas";

/*
 * SQLite does not detect a flipped bit in a value, so all data that decisions depend on is hashed.
 * The way the hash is computed is part of the database format: changing it requires a higher
 * STORAGE_FORMAT (sqlite/migrate.ts).
 *
 * A field is hashed as its length in UTF-16 units, a colon and its text; an absent field as `-`.
 * Different lists of fields therefore never produce the same text. The text is hashed as UTF-8 in
 * one call, which takes half the time of an incremental hash.
 */

/** Returns the SHA-256, in hex, of fields, each framed with its length. */
export function hashFields(fields: readonly (string | number | null | undefined)[]): string {
  let text = "";
  for (const field of fields) text += framed(field);
  return hash("sha256", text, "hex");
}

/**
 * Returns the hash of a journal row: the SHA-256, in hex, of the hash of the previous row and all
 * fields of this one. For the first row, the previous hash is the run's `origin_hash`.
 */
export function chainHash(before: string, entry: JournalEntry): string {
  const { runId, seq, type, at, stepId, attemptNumber, payload } = entry;
  const outcome = stepId === undefined ? "-" : `${stepId.length}:${stepId}${attemptNumber};`;
  const event = `${seq};${type.length}:${type}${at};${outcome}${payload.length}:${payload}`;
  return hash("sha256", `${before}${runId.length}:${runId}${event}`, "hex");
}

function framed(field: string | number | null | undefined): string {
  if (field === null || field === undefined) return "-";
  const text = String(field);
  return `${text.length}:${text}`;
}
