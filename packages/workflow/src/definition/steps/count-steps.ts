import { ownValue } from "./own-value.js";

/** Returns the number of steps of a definition as written: inner steps, handlers and checks count. */
export function countSteps(workflow: unknown): number {
  const on = ownValue(workflow, "on");
  return (
    countIn(ownValue(workflow, "steps")) +
    (on === undefined ? 0 : countIn(ownValue(on, "failure")) + countIn(ownValue(on, "always")))
  );
}

function countIn(steps: unknown): number {
  if (!Array.isArray(steps)) return 0;
  let count = steps.length;
  for (const step of steps) {
    const [inner, check] = [ownValue(step, "steps"), ownValue(step, "check")];
    if (inner !== undefined) count += countIn(inner);
    if (Array.isArray(check)) count += check.length;
  }
  return count;
}
