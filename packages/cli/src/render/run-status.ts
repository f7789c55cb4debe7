import { ownerState, type StoredRun } from "@automatosx/workflow/observe";
import {
  completedText,
  type EndedCounts,
  type RunFacts,
  runWord,
  toleratedNote,
} from "@automatosx/workflow/run-view";
import type { Output } from "../Output.js";
import { statusWord } from "./status.js";

/** The facts of a stored run, with the state that its owner has now. */
export function factsOf(run: StoredRun): RunFacts {
  return { ...run, ownerState: ownerState(run) };
}

/** The status word of a stored run. */
export function shownStatus(run: StoredRun): string {
  return runWord(factsOf(run));
}

/** A run's status with its icon: `✔ completed`, or `! completed, 3 failures tolerated`. */
export function runStatusWord(out: Output, status: string, counts: EndedCounts): string {
  if (status !== "completed" || toleratedNote(counts) === "") return statusWord(out, status);
  return statusWord(out, completedText(counts), 0, "warning");
}
