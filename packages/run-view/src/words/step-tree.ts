import { placeOf } from "../step-path.js";
import { cleanLine } from "../text/clean-text.js";
import { count } from "./count.js";
import type { ShownStep } from "./shown-step.js";

/** The steps of a run by what they are in, in order. */
export type StepTree = ReadonlyMap<string | undefined, readonly ShownStep[]>;

/** How far what is inside a step has come; undefined for a step with nothing inside. */
export function progressOf(step: ShownStep, tree: StepTree): string | undefined {
  const inner = tree.get(step.id) ?? [];
  const completed = inner.filter(({ status }) => status === "completed").length;
  const failed = inner.filter(({ status }) => status === "failed").length;
  const failures = failed === 0 ? "" : `, ${failed} failed`;
  switch (step.kind) {
    case "foreach": {
      const total = step.detail?.keys?.length;
      return total === undefined ? undefined : `${completed} of ${count(total, "item")}${failures}`;
    }
    case "loop": {
      const { rounds = 0 } = step.detail ?? {};
      if (rounds === 0) return undefined;
      return `round ${rounds}${step.loop === undefined ? "" : ` of ${step.loop.max}`}`;
    }
    case "group":
      if (inner.length === 0) return undefined;
      return `${completed} of ${count(inner.length, "step")}${failures}${sourceOf(step)}`;
    default:
      return undefined;
  }
}

function sourceOf({ module }: ShownStep): string {
  return module === undefined ? "" : ` of ${cleanLine(module.source)}`;
}

/** Groups the steps by what they are in. */
export function treeOf(steps: readonly ShownStep[]): StepTree {
  const tree = new Map<string | undefined, ShownStep[]>([[undefined, []]]);
  for (const step of steps) {
    const { owner } = placeOf(step.id);
    const inner = tree.get(owner);
    if (inner === undefined) tree.set(owner, [step]);
    else inner.push(step);
  }
  return tree;
}
