import type { JournalEntry } from "@automatosx/schemas";

/** What is wrong with a journal entry: it cannot be read, or the machine refuses its event. */
export type JournalProblem = "unreadable" | "refused";

/** A journal entry that a view cannot apply. The view stays as it was before the entry. */
export class JournalError extends Error {
  override readonly name = "JournalError";
  readonly runId: string;
  /** The position of the entry, counted from 1. */
  readonly seq: number;
  readonly problem: JournalProblem;

  constructor(
    entry: Pick<JournalEntry, "runId" | "seq" | "type">,
    problem: JournalProblem,
    why: string,
  ) {
    const { runId, seq, type } = entry;
    super(`Run ${runId}: journal entry ${seq} (${type}) ${why}.`);
    this.runId = runId;
    this.seq = seq;
    this.problem = problem;
  }
}

/** The error for an entry whose content makes no sense, or names something that is missing. */
export function unreadable(
  entry: Pick<JournalEntry, "runId" | "seq" | "type">,
  why: string,
): JournalError {
  return new JournalError(entry, "unreadable", `cannot be read: ${why}`);
}
