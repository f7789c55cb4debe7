import type { StepInfo } from "@automatosx/rescript-core";
import { cleanLine } from "../text/clean-text.js";
import { changesText, reuseText } from "./changes.js";
import { instant } from "./duration.js";
import { describeRerun, type RerunMarks } from "./rerun-marks.js";

/**
 * What going back has done to a step, as a sentence: its result was kept, edited, taken from
 * another run, or no longer counts. Undefined for most steps.
 */
export function rerunRemark(step: StepInfo, marks: RerunMarks): string | undefined {
  const { id, status, detail = {}, finishedAt, attemptNumber } = step;
  const name = cleanLine(id);
  const { reused, changed = [] } = detail;
  if (status !== "completed") {
    if (changed.length === 0) return undefined;
    if (step.gate !== undefined) return `${name} asks again: ${changesText(changed)}`;
    return `an earlier result of ${name} no longer counts: ${changesText(changed)}`;
  }
  if (reused !== undefined) return reuseText(name, reused);
  const edit = marks.editOf(step);
  if (edit !== undefined) {
    const who = edit.by === undefined ? "" : ` by ${cleanLine(edit.by)}`;
    const note = edit.note === undefined ? "" : `: ${cleanLine(edit.note)}`;
    return `the result of ${name} was edited${who} at ${instant(edit.at)}${note}`;
  }
  if (marks.isForked(step))
    return `${name} has the result of the run that this one was forked from`;
  const { last } = marks;
  if (last === undefined || finishedAt === undefined || !marks.isKept(step)) return undefined;
  return (
    `${name} kept its result of attempt ${attemptNumber} (${instant(finishedAt)}), because its ` +
    `request is the same: ${describeRerun(last)}`
  );
}
