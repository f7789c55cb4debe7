import { duration } from "@automatosx/run-view";
import type { ComparedStep, Comparison } from "../../api/run.schema.js";
import { usd } from "../shell/money.js";

type Step = Comparison["steps"][number];

/** How a step differs between two runs. */
export type Difference = "only_left" | "only_right" | "status" | "result" | "same";

/** A row of the comparison. */
export interface ComparedRow {
  readonly step: string;
  readonly difference: Difference;
  readonly left: ComparedStep | null;
  readonly right: ComparedStep | null;
}

/** What differs most comes first. */
const ORDER: readonly Difference[] = ["status", "only_left", "only_right", "result", "same"];

/** The steps of two runs: what differs first, each kind in the order of the definition. */
export function comparedRows(steps: readonly Step[]): readonly ComparedRow[] {
  const rows = steps.map((step) => ({ ...step, difference: differenceOf(step) }));
  return ORDER.flatMap((kind) => rows.filter(({ difference }) => difference === kind));
}

function differenceOf({ left, right, isSame }: Step): Difference {
  if (left === null) return "only_right";
  if (right === null) return "only_left";
  if (left.status !== right.status) return "status";
  return isSame ? "same" : "result";
}

/** What a difference is called. */
export const DIFFERENCE_WORDS: Readonly<Record<Difference, string>> = {
  only_left: "only on the left",
  only_right: "only on the right",
  status: "another status",
  result: "another result",
  same: "the same",
};

/** `3m12s`, `$0.38`, `2 attempts`: what a step took in one run. */
export function figuresOf(step: ComparedStep | null): string {
  if (step === null) return "";
  const { attempts, tookMs, usd: cost } = step;
  return [
    ...(tookMs === undefined ? [] : [duration(tookMs)]),
    ...(cost === undefined ? [] : [usd(cost)]),
    ...(attempts > 1 ? [`${attempts} attempts`] : []),
  ].join(", ");
}

/** The inputs that differ. */
export function differingInputs(inputs: Comparison["inputs"]): Comparison["inputs"] {
  return inputs.filter(({ left, right }) => JSON.stringify(left) !== JSON.stringify(right));
}
