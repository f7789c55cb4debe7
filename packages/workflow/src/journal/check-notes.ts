import type { JournalEntry } from "@automatosx/schemas";
import { State } from "../core/workflow-state-machine.js";
import type { StoragePort } from "../storage/StoragePort.js";
import { RunReader } from "./RunReader.js";
import { consequencesOf } from "./step-consequences.js";

/** The types of entries that note what followed for other steps. */
const NOTING: ReadonlySet<string> = new Set([
  "graph_built",
  "step_completed",
  "step_answered",
  "step_failed",
  "gate_answered",
  "signal_received",
  "steps_due",
  "budget_changed",
  "cancel_workflow",
  "workflow_failed",
  "restore_checkpoint",
]);

const NOTES = [
  "skipped",
  "opened",
  "completed",
  "failed",
  "cancelled",
  "leaves",
  "composites",
  "stopped",
  "added",
] as const;

type Notes = Readonly<Record<string, unknown>>;

/**
 * Compares what each entry of a journal says followed from it with what the machine derives. The
 * views of the database are built from these notes; the run itself does not depend on them. Returns
 * what is wrong with the first entry that differs, as a sentence; undefined if none does.
 *
 * @throws WorkflowError `run_not_found` or `journal_damaged`
 */
export function checkNotes(storage: StoragePort, runId: string): string | undefined {
  const { view } = RunReader.open(storage, runId);
  for (const entry of storage.readJournal(runId)) {
    const before = view.machine;
    view.apply(entry);
    if (!NOTING.has(entry.type)) continue;
    // The only consequence of the last of these is the end of the run.
    const mayEnd = entry.type === "cancel_workflow" || entry.type === "workflow_failed";
    if (mayEnd && State.isTerminal(view.state)) continue;
    const derived = noted(consequencesOf(before, view.machine, entry.stepId));
    const recorded = noted(notesIn(entry));
    if (recorded !== derived)
      return (
        `Journal entry ${entry.seq} (${entry.type}) says that ${recorded} followed from it, ` +
        `but the machine derives ${derived}.`
      );
  }
  return undefined;
}

function notesIn({ type, payload }: JournalEntry): Notes {
  const facts = JSON.parse(payload) as Notes;
  return type === "restore_checkpoint" ? ((facts["followed"] ?? {}) as Notes) : facts;
}

function noted(notes: object): string {
  const values = notes as Notes;
  const present = NOTES.flatMap((name) => (name in values ? [[name, values[name]]] : []));
  return JSON.stringify(Object.fromEntries(present));
}
