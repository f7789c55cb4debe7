import { ownValue } from "./own-value.js";

/** Returns the number of steps of a definition as written, inner steps included. */
export function countSteps(workflow: unknown): number {
  const steps = ownValue(workflow, "steps");
  if (!Array.isArray(steps)) return 0;
  let count = steps.length;
  for (const step of steps) if (ownValue(step, "steps") !== undefined) count += countSteps(step);
  return count;
}
