import type { Path } from "../issues/IssueList.js";
import { MAX_DEPTH } from "../read/text-limits.js";
import { memberOf } from "./large-maps.js";

/** A step as written, and its path. It may be invalid. */
export interface WrittenStepAt {
  readonly step: unknown;
  readonly path: Path;
}

/** Yields every step of a workflow as written, a group before its inner steps. */
export function* everyStep(
  holder: unknown,
  path: Path = [],
): Generator<WrittenStepAt, void, undefined> {
  const steps = memberOf(holder, "steps");
  if (!Array.isArray(steps) || path.length > MAX_DEPTH) return;
  for (const [index, step] of steps.entries()) {
    const at = [...path, "steps", index];
    yield { step, path: at };
    if (memberOf(step, "steps") !== undefined) yield* everyStep(step, at);
  }
}
