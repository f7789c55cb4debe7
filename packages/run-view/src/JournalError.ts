import type { JournalEntry } from "@automatosx/schemas";

/** What is wrong with a journal entry: it cannot be read, or the machine refuses its event. */
export type JournalProblem = "unreadable" | "refused";

/**
 * Reports a journal entry that a view cannot apply. The view keeps its state from before the entry.
 */
export class JournalError extends Error {
  /** The name of the class, for messages. */
  override readonly name = "JournalError";
  /** The run whose journal contains the entry. */
  readonly runId: string;
  /** The position of the entry, counted from 1. */
  readonly seq: number;
  /** What is wrong with the entry. */
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

/**
 * Creates the error for an entry that is malformed or refers to something missing. `why` is a
 * clause.
 */
export function unreadable(
  entry: Pick<JournalEntry, "runId" | "seq" | "type">,
  why: string,
): JournalError {
  return new JournalError(entry, "unreadable", `cannot be read: ${why}`);
}
