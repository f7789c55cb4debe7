import type { JournalEntry } from "@automatosx/schemas";

const TYPES: ReadonlySet<string> = new Set([
  "result_edited",
  "steps_reopened",
  "definition_changed",
]);

/** Whether a run goes back to steps that had begun with this entry. */
export function goesBack({ type, payload }: Pick<JournalEntry, "type" | "payload">): boolean {
  return TYPES.has(type) || (type === "gate_answered" && payload.startsWith('{"edits'));
}
