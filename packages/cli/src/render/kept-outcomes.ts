import type { RunView } from "@automatosx/workflow/run-view";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import { count } from "./words.js";

/** The maximum number of steps that are named. */
const NAMED_STEP_LIMIT = 3;

/**
 * What a run keeps when it is resumed: `2 results and 1 tolerated failure (lint) kept`. A step
 * whose failure its `continueOnError` allows does not run again.
 */
export function keptOutcomes(view: Pick<RunView, "counts" | "steps">): string {
  const tolerated = view
    .steps()
    .flatMap(({ id, status, continueOnError }) =>
      status === "failed" && continueOnError ? [cleanLine(id)] : [],
    );
  const results = count(view.counts().completed, "result");
  if (tolerated.length === 0) return `${results} kept`;
  const names = tolerated.slice(0, NAMED_STEP_LIMIT);
  if (tolerated.length > names.length) names.push("…");
  const failures = count(tolerated.length, "tolerated failure");
  return `${results} and ${failures} (${names.join(", ")}) kept`;
}
