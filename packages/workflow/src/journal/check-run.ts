import type { JournalEntry } from "@automatosx/schemas";
import { WorkflowError } from "../errors.js";
import { damagedRun } from "../storage/damaged-run.js";
import type {
  RunFilter,
  StoragePort,
  StoredDefinition,
  StoredRun,
} from "../storage/StoragePort.js";

/** The entry that a run of this status ends with. */
const LAST_ENTRIES: Readonly<Record<string, string>> = {
  complete_workflow: "completed",
  workflow_failed: "failed",
  cancel_workflow: "cancelled",
};

/**
 * Holds the changing part of a run's row, which no hash covers, against the one journal entry that it follows from: an
 * entry is never changed, so a row that does not fit it is damaged, also while the run goes on. Gives `journal_damaged`.
 */
export function checkRun(storage: StoragePort, run: StoredRun): WorkflowError | undefined {
  if (isBeingRemoved(run)) return undefined;
  try {
    const problem =
      run.journalSeq === 0
        ? problemAtBirth(run)
        : problemAfter(run, storage.readJournal(run.runId, run.journalSeq - 1));
    return problem === undefined
      ? undefined
      : damagedRun(run.runId, `${problem}; its journal says otherwise at entry ${run.journalSeq}`);
  } catch (error) {
    if (error instanceof WorkflowError) return error;
    throw error;
  }
}

/** Runs for people, newest first, each checked: what is damaged is shown as failed, and says so in `error` and `damage`. */
export function listRuns(storage: StoragePort, filter?: RunFilter): readonly StoredRun[] {
  const definitions = new Map<string, StoredDefinition | WorkflowError | undefined>();
  return storage.listRuns(filter).map((run) => {
    if (run.damage !== undefined) return run;
    const definition =
      definitions.get(run.definitionHash) ?? findDefinition(storage, run.definitionHash);
    definitions.set(run.definitionHash, definition);
    const damage = problemOfDefinition(run, definition) ?? checkRun(storage, run);
    if (damage === undefined) return run;
    const { finishedAt: _, ...rest } = run;
    return {
      ...rest,
      state: "failed",
      status: "failed",
      error: damage.message,
      errorCode: damage.code,
      damage: damage.message,
    };
  });
}

function findDefinition(
  storage: StoragePort,
  hash: string,
): StoredDefinition | WorkflowError | undefined {
  try {
    return storage.getWorkflow(hash);
  } catch (error) {
    if (error instanceof WorkflowError) return error;
    throw error;
  }
}

function problemOfDefinition(
  run: StoredRun,
  definition: StoredDefinition | WorkflowError | undefined,
): WorkflowError | undefined {
  if (definition === undefined) return damagedRun(run.runId, "its definition is missing");
  if (definition instanceof WorkflowError) return definition;
  const { name, version, stepCount } = definition;
  const isSame =
    name === run.workflowName && version === run.workflowVersion && stepCount === run.stepCount;
  return isSame ? undefined : damagedRun(run.runId, "it names another definition");
}

/** Of a run that retention takes away in parts the end of the journal goes first, and the row says so. */
export function isBeingRemoved(run: StoredRun): boolean {
  return run.errorCode === "run_removed";
}

function problemAtBirth(run: StoredRun): string | undefined {
  return run.state === "idle" && run.error === undefined && run.updatedAt === run.createdAt
    ? undefined
    : "it is ahead of its journal";
}

function problemAfter(run: StoredRun, journal: Iterable<JournalEntry>): string | undefined {
  const [entry] = journal;
  // A missing entry is the reader's to report.
  if (entry === undefined) return "its journal is empty";
  if (entry.at !== run.updatedAt) return `it was last changed at ${run.updatedAt}`;
  const ended = LAST_ENTRIES[entry.type];
  if (ended !== undefined && ended !== run.status) return `it is ${run.status}`;
  if (ended === undefined && (run.status === "completed" || run.status === "cancelled"))
    return `it is ${run.status}`;
  const end = run.status === "running" || run.status === "paused" ? undefined : entry.at;
  if (run.finishedAt !== end) return `it ended at ${String(run.finishedAt)}`;
  return problemOfError(run, entry);
}

function problemOfError(run: StoredRun, entry: JournalEntry): string | undefined {
  // A run that failed before its first step has its reason from the core, not from the entry.
  if (run.status === "failed" && entry.type !== "workflow_failed") return undefined;
  const { error, code } =
    run.status === "failed"
      ? (JSON.parse(entry.payload) as { error?: unknown; code?: unknown })
      : {};
  // Half of a pair of characters is kept by the journal as it is, and not by SQLite.
  const text = typeof error === "string" ? error.toWellFormed() : error;
  return run.error === text && run.errorCode === code ? undefined : "it names another error";
}
