import { quoted } from "@automatosx/source";
import type { CheckPlace } from "../check-place.js";
import { ISSUE_KINDS } from "../issue-kinds.js";
import { mayHave } from "../may-have.js";
import { waitsForAny } from "../steps/edges.js";
import { ownValue } from "../steps/own-value.js";
import type { StepReach } from "../steps/StepReach.js";
import type { StepNode, StepTree } from "../steps/step-tree.js";

/**
 * Warns of steps that can never run, because a step that they wait for never does. `neverTrue` are
 * the steps whose own condition is never true; they have a warning of their own.
 */
export function warnOfUnreachable(
  { groups }: StepTree,
  { reach, neverTrue }: { readonly reach: StepReach; readonly neverTrue: ReadonlySet<StepNode> },
  { issues, tree }: CheckPlace,
): void {
  const mayStop = mayHave({ issues }, "stop");
  for (const group of groups) {
    if (!mayStop && neverTrue.size === 0) return;
    if (neverTrue.size === 0 && !group.steps.some(isStop)) continue;
    /** The steps that never run, and those that are skipped because of a step before them. */
    const never = new Set<StepNode>();
    const held = new Set<StepNode>();
    for (const step of reach.orderOf(group) ?? []) {
      const cause = causeOf(step, reach, never, held);
      if (cause === undefined) {
        if (neverTrue.has(step)) never.add(step);
        continue;
      }
      never.add(step);
      held.add(step);
      const path = [...step.path, "id"];
      if (issues.isWrong(path)) continue;
      const name = quoted(cause.id ?? "the step before it");
      const message = isStop(cause)
        ? `this step never runs, because ${name} ends the run or is skipped`
        : `this step never runs, because ${name} never does`;
      issues.add(ISSUE_KINDS.neverRuns, path, tree.locate(path), message);
    }
  }
}

/** After a stop nothing else starts, and a step that waits for one that is skipped is skipped. */
function isStop({ written }: StepNode): boolean {
  return ownValue(written, "stop") !== undefined;
}

function causeOf(
  step: StepNode,
  reach: StepReach,
  never: ReadonlySet<StepNode>,
  held: ReadonlySet<StepNode>,
): StepNode | undefined {
  const edges = reach.edgesOf(step);
  const cause = edges.find(
    ({ target, mode }) =>
      (mode === "ok" && (never.has(target) || isStop(target))) ||
      // A step that its own condition skips lets the next one of the list run.
      (mode === "listed" && held.has(target)),
  )?.target;
  if (cause !== undefined || !waitsForAny(step)) return cause;
  const choices = edges.filter(({ mode }) => mode === "done" || mode === "ok-or-skipped");
  return choices.every(({ target }) => never.has(target)) ? choices[0]?.target : undefined;
}
