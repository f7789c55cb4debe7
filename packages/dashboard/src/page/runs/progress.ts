import { countsText } from "@automatosx/run-view";
import type { StepCounts } from "../../api/common.schema.js";

/** A part of the bar of a run: a class of the stylesheet, and its share of the steps in percent. */
interface MeterPart {
  readonly look: "m-ok" | "m-fail" | "m-run" | "m-wait" | "m-idle";
  readonly percent: number;
}

/** The bar of a run, and what a screen reader says in its place. */
export interface Progress {
  readonly parts: readonly MeterPart[];
  /** `10 of 20`: the completed steps. */
  readonly text: string;
  /** `10 of 20 completed, 2 running, 1 failed`. */
  readonly label: string;
}

/** Returns how far a run has come. The rest of the bar is the steps that have not begun. */
export function progressOf(steps: StepCounts): Progress {
  const { total, completed, failed, running, waiting, open, unknown, skipped, cancelled } = steps;
  const counts = [
    ["m-ok", completed],
    ["m-fail", failed],
    ["m-run", running],
    ["m-wait", waiting + open + unknown],
    ["m-idle", skipped + cancelled],
  ] as const;
  return {
    parts: counts.flatMap(([look, count]) =>
      count === 0 ? [] : [{ look, percent: Math.round((1000 * count) / total) / 10 }],
    ),
    text: `${completed} of ${total}`,
    label: countsText(steps),
  };
}
