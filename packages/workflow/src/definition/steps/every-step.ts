import { ownValue } from "./own-value.js";

/** Returns the number of steps of a definition as written, inner steps included. */
export function countSteps(workflow: unknown): number {
  let count = 0;
  for (const _ of everyStep(ownValue(workflow, "steps"), ["steps"])) count += 1;
  return count;
}

/** A step as written, and its path. */
export interface WrittenStepAt {
  readonly step: unknown;
  readonly path: readonly (string | number)[];
}

/** Yields every step of a list of steps as written, a group before its inner steps. */
export function* everyStep(
  steps: unknown,
  path: readonly (string | number)[],
): Generator<WrittenStepAt, void, undefined> {
  if (!Array.isArray(steps)) return;
  for (const [index, step] of steps.entries()) {
    const at = [...path, index];
    yield { step, path: at };
    yield* everyStep(ownValue(step, "steps"), [...at, "steps"]);
  }
}
