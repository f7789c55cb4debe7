import { ownValue } from "./own-value.js";

/** Returns the number of steps of a definition as written, inner steps included. */
export function countSteps(workflow: unknown): number {
  const steps = ownValue(workflow, "steps");
  if (!Array.isArray(steps)) return 0;
  let count = steps.length;
  for (const step of steps) if (ownValue(step, "steps") !== undefined) count += countSteps(step);
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
    const inner = ownValue(step, "steps");
    if (inner !== undefined) yield* everyStep(inner, [...at, "steps"]);
  }
}
