import type { Path } from "../issues/IssueList.js";
import { MAX_DEPTH } from "../read/text-limits.js";
import { memberOf } from "./large-maps.js";

/** A step as written, and its path. It may be invalid. */
export interface WrittenStepAt {
  readonly step: unknown;
  readonly path: Path;
}

/** The lists of handlers of a workflow. */
const PHASES = ["failure", "always"];

/** Yields every step of a workflow as written, a group before its inner steps; handlers last. */
export function* everyStep(workflow: unknown): Generator<WrittenStepAt, void, undefined> {
  yield* stepsIn(memberOf(workflow, "steps"), ["steps"]);
  const on = memberOf(workflow, "on");
  if (on !== undefined)
    for (const phase of PHASES) yield* stepsIn(memberOf(on, phase), ["on", phase]);
}

function* stepsIn(steps: unknown, path: Path): Generator<WrittenStepAt, void, undefined> {
  if (!Array.isArray(steps) || path.length > MAX_DEPTH) return;
  for (const [index, step] of steps.entries()) {
    const at = [...path, index];
    yield { step, path: at };
    const inner = memberOf(step, "steps");
    if (inner !== undefined) yield* stepsIn(inner, [...at, "steps"]);
  }
}
