import type { StepCounts } from "../RunView.js";

/** How many steps have a status, in words. */
export interface CountPart {
  /** The status that is counted. */
  readonly status: "completed" | Exclude<keyof StepCounts, "total" | "completed"> | "pending";
  /** How many steps have it. */
  readonly count: number;
  /** `10 of 20 completed`, `1 failed`. */
  readonly text: string;
}

/** The statuses that follow how many are completed, in this order. */
const OTHERS = ["running", "waiting", "open", "unknown", "failed", "skipped", "cancelled"] as const;

/** The counts of a run, of which some may not be known. */
export type KnownCounts = Pick<StepCounts, "total" | "completed"> & Partial<StepCounts>;

/** How many steps have each status, without those that no step has. */
export function countParts(counts: KnownCounts): readonly CountPart[] {
  const { completed, total } = counts;
  return [
    { status: "completed", count: completed, text: `${completed} of ${total} completed` },
    ...OTHERS.flatMap((status): CountPart[] => {
      const count = counts[status] ?? 0;
      return count === 0 ? [] : [{ status, count, text: `${count} ${status}` }];
    }),
  ];
}

/** The steps that have not begun: none of the other counts contains them. */
export function pendingPart(counts: StepCounts): CountPart | undefined {
  const begun = OTHERS.reduce((sum, status) => sum + counts[status], counts.completed);
  const count = Math.max(0, counts.total - begun);
  return count === 0 ? undefined : { status: "pending", count, text: `${count} pending` };
}

/** How many steps have each status: `10 of 20 completed, 2 running, 1 failed`. */
export function countsText(counts: KnownCounts): string {
  return countParts(counts)
    .map(({ text }) => text)
    .join(", ");
}
