import type { StepInfo } from "@automatosx/rescript-core";

/**
 * The failed step that explains the most: one that made the run fail, rather than one that is
 * allowed to fail. A step with steps inside has none of its own.
 */
export function failedStep(steps: readonly StepInfo[]): StepInfo | undefined {
  const all = steps.filter(({ status }) => status === "failed");
  const leaves = all.filter(({ kind }) => kind === undefined);
  const failed = leaves.length > 0 ? leaves : all;
  return failed.find(({ continueOnError }) => !continueOnError) ?? failed[0];
}
