import { ownValue } from "./own-value.js";

/** Whether a step as written may be skipped because no answer came in time. */
export function skipsOnExpiry(step: unknown): boolean {
  return (
    ownValue(ownValue(step, "gate"), "onExpire") === "skip" ||
    ownValue(ownValue(step, "wait"), "onTimeout") === "skip"
  );
}

/** Whether a step as written may be skipped, although all that it waits for has completed. */
export function skipsItself(step: unknown): boolean {
  return ownValue(step, "if") !== undefined || skipsOnExpiry(step);
}
