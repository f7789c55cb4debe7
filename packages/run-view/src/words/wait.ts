import type { StepSnapshot } from "@automatosx/rescript-core";
import { cleanLine } from "../text/clean-text.js";
import { wholeSeconds } from "./duration.js";

/**
 * How long a step waits for its next attempt, and for which quota, if it waits for one: `retries in
 * 4s`, `parked for 1h59m (anthropic)`.
 */
export function waitText(
  { retryAt, detail }: Pick<StepSnapshot, "retryAt" | "detail">,
  now: number,
): string {
  const left = wholeSeconds(Math.max(0, (retryAt ?? now) - now));
  const scope = detail?.scope;
  return scope === undefined ? `retries in ${left}` : `parked for ${left} (${cleanLine(scope)})`;
}
