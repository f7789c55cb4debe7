import type { JournalEntry } from "@automatosx/schemas";
import { WorkflowError } from "../errors.js";
import { damagedRun } from "../storage/damaged-run.js";
import { HALF_REMOVED } from "../storage/half-removed.js";
import type { StoragePort, StoredRun } from "../storage/StoragePort.js";

/** Returns the status of a run whose journal ends with this entry. */
const STATUS_AFTER: Readonly<Record<string, string>> = {
  complete_workflow: "completed",
  workflow_failed: "failed",
  cancel_workflow: "cancelled",
};

/**
 * Compares the mutable part of a run's row, which no hash covers, with the journal entry that it
 * was derived from. Entries never change, so a row that does not match its entry is damaged, even
 * while the run is active. Returns the `journal_damaged` error, or `undefined` for a sound row.
 */
export function checkRun(storage: StoragePort, run: StoredRun): WorkflowError | undefined {
  if (isBeingRemoved(run)) return undefined;
  try {
    const problem =
      run.journalSeq === 0
        ? problemBeforeJournal(run)
        : problemAfter(run, storage.readJournal(run.runId, run.journalSeq - 1));
    return problem === undefined ? undefined : damagedRun(run.runId, problem);
  } catch (error) {
    if (error instanceof WorkflowError) return error;
    throw error;
  }
}

/**
 * Returns whether retention is removing the run in parts. The end of its journal is removed first,
 * so its row no longer matches.
 */
export function isBeingRemoved(run: StoredRun): boolean {
  return run.errorCode === HALF_REMOVED;
}

function problemBeforeJournal(run: StoredRun): string | undefined {
  return run.state === "idle" && run.error === undefined && run.updatedAt === run.createdAt
    ? undefined
    : "it is ahead of its journal";
}

function problemAfter(run: StoredRun, journal: Iterable<JournalEntry>): string | undefined {
  const [entry] = journal;
  if (entry === undefined) return `its journal has no entry ${run.journalSeq}`;
  const difference = differenceTo(entry, run);
  return difference && `its ${difference} contradicts journal entry ${entry.seq}`;
}

/** Returns the part of the row that contradicts the entry, as a noun phrase. */
function differenceTo(entry: JournalEntry, run: StoredRun): string | undefined {
  if (entry.at !== run.updatedAt) return `last change (at ${run.updatedAt})`;
  const ended = STATUS_AFTER[entry.type];
  const hasEnded = run.status !== "running" && run.status !== "paused";
  const mayContinue = !hasEnded && leavesHandlers(entry);
  if (ended !== undefined && ended !== run.status && !mayContinue) return `status (${run.status})`;
  if (ended === undefined && (run.status === "completed" || run.status === "cancelled"))
    return `status (${run.status})`;
  const end = hasEnded ? entry.at : undefined;
  if (run.finishedAt !== end) return `end time (${run.finishedAt ?? "none"})`;
  return problemOfError(run, entry);
}

/** Whether handlers may still have to run after a cancellation, or a failure by the budget. */
function leavesHandlers({ type, payload }: JournalEntry): boolean {
  if (type === "cancel_workflow") return true;
  // Such a failure names the steps that it has cancelled.
  return (
    type === "workflow_failed" &&
    (JSON.parse(payload) as { readonly cancelled?: unknown }).cancelled !== undefined
  );
}

function problemOfError(run: StoredRun, entry: JournalEntry): string | undefined {
  // If a run fails before its first step, the reason comes from the core, not from the entry.
  if (run.status === "failed" && entry.type !== "workflow_failed") return undefined;
  const hasEnded = run.status === "failed" || run.status === "cancelled";
  const { error, code } = hasEnded ? reasonIn(entry) : {};
  // The journal preserves a lone surrogate; SQLite replaces it.
  const text = typeof error === "string" ? error.toWellFormed() : error;
  return run.error === text && run.errorCode === code ? undefined : "error";
}

/** Returns why the entry ended the run. */
function reasonIn({ type, payload }: JournalEntry): { error?: unknown; code?: unknown } {
  switch (type) {
    case "workflow_failed":
      return JSON.parse(payload) as { error?: unknown; code?: unknown };
    case "cancel_workflow":
      return { error: (JSON.parse(payload) as { reason?: unknown }).reason };
    default:
      return {};
  }
}
