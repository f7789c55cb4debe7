import type { StepInfo } from "@automatosx/rescript-core";
import type { OpenQuestion } from "./open-questions.js";
import type { RunView } from "./RunView.js";
import { innerPath, placeOf } from "./step-path.js";

/** The step whose result an answer to a gate may replace; undefined if there is none. */
export function editableStep(
  view: Pick<RunView, "step">,
  { stepId, editable }: Pick<OpenQuestion, "stepId" | "editable">,
): StepInfo | undefined {
  const id = /^\s*steps\.([\w-]+)\.output\s*$/u.exec(editable ?? "")?.[1];
  if (id === undefined) return undefined;
  // As in expressions, the step in the nearest list around the gate is meant.
  for (let { owner } = placeOf(stepId); ; owner = placeOf(owner).owner) {
    const found = view.step(owner === undefined ? id : innerPath(owner, id));
    if (found !== undefined) return found;
    if (owner === undefined) return undefined;
  }
}
