import type { RunView } from "@automatosx/workflow/run-view";

/** The paths of the steps that have failed, without the groups around them. */
export function failedSteps(view: Pick<RunView, "steps">): readonly string[] {
  return view
    .steps()
    .filter(({ status, kind }) => status === "failed" && kind === undefined)
    .map(({ id }) => id);
}
