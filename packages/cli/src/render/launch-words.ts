import type { LaunchBounds } from "@automatosx/workflow";
import { count } from "@automatosx/workflow/run-view";

/** The bounds in words: `3–9 launches`, `at least 2 launches`. */
export function describeLaunches({ least, most }: LaunchBounds): string {
  if (most === undefined) return `at least ${count(least, "launch", "launches")}`;
  return most === least ? count(most, "launch", "launches") : `${least}–${most} launches`;
}
