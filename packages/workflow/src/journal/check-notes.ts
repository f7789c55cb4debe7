import { isReplant } from "@automatosx/run-view";
import type { JournalEntry } from "@automatosx/schemas";
import { State } from "../core/workflow-state-machine.js";
import type { StoragePort } from "../storage/StoragePort.js";
import { RunReader } from "./RunReader.js";
import { notesOf } from "./replant-notes.js";

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
  "result_edited",
  "steps_reopened",
  "definition_changed",
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
  "kept",
  "stale",
  "new",
  "dropped",
  "taken",
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
  let hasGoneBack = false;
  for (const entry of storage.readJournal(runId)) {
    const before = view.machine;
    const { event } = view.fold(entry);
    hasGoneBack ||= isReplant(event);
    if (!NOTING.has(entry.type)) continue;
    // The only consequence of the last of these is the end of the run.
    const mayEnd = entry.type === "cancel_workflow" || entry.type === "workflow_failed";
    if (mayEnd && State.isTerminal(view.state)) continue;
    const derived = noted(notesOf(event, before, view.machine, entry.stepId), hasGoneBack);
    const recorded = noted(notesIn(entry), hasGoneBack);
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

// A run that has only been restored does not note which results it takes again.
function noted(notes: object, hasGoneBack: boolean): string {
  const values = notes as Notes;
  const names = hasGoneBack ? NOTES : NOTES.filter((name) => name !== "taken");
  const present = names.flatMap((name) => (name in values ? [[name, values[name]]] : []));
  return JSON.stringify(Object.fromEntries(present));
}
