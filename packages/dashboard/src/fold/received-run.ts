import { RunView } from "@automatosx/run-view";
import type { WorkflowDefinition } from "@automatosx/schemas";
import type { Run, WireEntry } from "../api/run.schema.js";
import { CarriedData } from "./CarriedData.js";

/** A run that was received from the server, folded by the core. */
export interface ReceivedRun {
  readonly view: RunView;
  /** Fold each further entry as `view.fold(carried.take(entry))`. */
  readonly carried: CarriedData;
}

/**
 * Folds the answer of `GET /runs/:run`.
 *
 * @throws JournalError
 */
export function receivedRun({ origin, entries, snapshot }: Run): ReceivedRun {
  const { definition, ...rest } = origin;
  const carried = new CarriedData(origin.runId);
  const view = new RunView(
    { ...rest, definition: definition as WorkflowDefinition },
    carried.references,
  );
  for (const wire of entries) {
    const entry = carried.take(wire);
    // A snapshot needs the definition that the run had last, which a skipped entry names.
    if (snapshot === undefined || !view.hasGraph) view.fold(entry);
    else view.skip(entry);
  }
  if (snapshot !== undefined) {
    const { seq, at, states } = snapshot;
    view.fastForward({
      snapshots: states as Parameters<typeof view.fastForward>[0]["snapshots"],
      seq,
      at,
    });
  }
  return { view, carried };
}

const GOES_BACK: ReadonlySet<string> = new Set([
  "result_edited",
  "steps_reopened",
  "definition_changed",
]);

/**
 * Whether a run goes back to steps that had begun with this entry: which of them keep their results
 * depends on those results, so a view that has only their digests cannot fold it.
 */
export function goesBack([, type, , , , payload]: WireEntry): boolean {
  return GOES_BACK.has(type) || (type === "gate_answered" && payload.includes('"edits":'));
}
