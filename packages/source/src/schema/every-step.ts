import type { Path } from "../issues/IssueList.js";
import { MAX_DEPTH } from "../read/text-limits.js";
import { memberOf } from "./large-maps.js";

/** Yields every step of a workflow as written with its path, a group before its inner steps. */
export function* everyStep(
  holder: unknown,
  path: Path = [],
): Generator<readonly [path: Path, step: unknown], void, undefined> {
  const steps = memberOf(holder, "steps");
  if (!Array.isArray(steps) || path.length > MAX_DEPTH) return;
  for (const [index, step] of steps.entries()) {
    const at = [...path, "steps", index];
    yield [at, step];
    yield* everyStep(step, at);
  }
}
