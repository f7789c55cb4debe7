import { grouped } from "@automatosx/run-view";
import type { RunList } from "../../api/run.schema.js";
import type { StatusFilter } from "./run-filter.js";

type Counts = RunList["counts"];

/** How many runs have a status of the filter. */
export function countOf(counts: Counts, status: StatusFilter): number {
  return status === "open" ? counts.running + counts.paused : counts[status];
}

/** How many runs there are with any status. */
export function totalOf(counts: Counts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** `1,284`, or `10,000+` if there are runs that were not counted. */
export function countText(n: number, isCut: boolean): string {
  return `${grouped(n)}${isCut && n > 0 ? "+" : ""}`;
}
