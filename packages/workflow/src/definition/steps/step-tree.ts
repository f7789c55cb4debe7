import type { Path } from "@automatosx/source";
import { ownValue } from "./own-value.js";

/** A step as written. It may be invalid. */
export interface StepNode {
  /** The position in its list. */
  readonly place: number;
  /** Where the step is in the definition: `["steps", 2]`. */
  readonly path: Path;
  /** Absent if it is not a text. */
  readonly id: string | undefined;
  readonly written: unknown;
  /** The list that contains it. */
  readonly group: StepGroup;
  /** Its inner steps, if it has a list of them. */
  readonly inner: StepGroup | undefined;
}

/** A list of steps: that of the workflow, or the inner steps of a step. */
export interface StepGroup {
  /** The step around the list; absent for the workflow. */
  readonly owner: StepNode | undefined;
  readonly steps: readonly StepNode[];
  /** Whether each step waits for the one before it. */
  readonly isListed: boolean;
  /** The steps of this list by id; of several with one id, the first. */
  readonly byId: ReadonlyMap<string, StepNode>;
  /** For a list of handlers, when they run. Absent for other lists, even inside handlers. */
  readonly phase?: Phase;
}

/** When handlers run: if the run fails, or in every case. */
export type Phase = "failure" | "always";

/** The steps of a definition. */
export interface StepTree {
  /** The workflow's own steps. */
  readonly root: StepGroup;
  /** Every list of steps, outer before inner, handlers last. */
  readonly groups: readonly StepGroup[];
  /** Every step by id; of several with one id, the first. */
  readonly byId: ReadonlyMap<string, StepNode>;
  /**
   * Whether every step has an id that can be read. Otherwise an unknown id may be one of theirs.
   */
  readonly knowsAllIds: boolean;
}

/** Returns the steps of a definition that may be invalid, so that all issues are found together. */
export function stepTree(workflow: unknown): StepTree {
  const groups: StepGroup[] = [];
  const byId = new Map<string, StepNode>();
  let knowsAllIds = true;

  function groupOf(
    list: unknown,
    path: Path,
    { owner, isListed, phase }: Pick<StepGroup, "owner" | "isListed" | "phase">,
  ): StepGroup {
    const steps: StepNode[] = [];
    const own = new Map<string, StepNode>();
    const group = { owner, steps, isListed, byId: own, ...(phase !== undefined && { phase }) };
    groups.push(group);
    for (const [place, written] of (Array.isArray(list) ? list : []).entries()) {
      const named = ownValue(written, "id");
      // A handler needs no id.
      const id = named === undefined && phase !== undefined ? `step-${place + 1}` : textOf(named);
      const step: { -readonly [Key in keyof StepNode]: StepNode[Key] } = {
        place,
        path: [...path, place],
        id,
        written,
        group,
        inner: undefined,
      };
      steps.push(step);
      if (id === undefined) knowsAllIds = false;
      else {
        if (!own.has(id)) own.set(id, step);
        if (!byId.has(id)) byId.set(id, step);
      }
      const inner = ownValue(written, "steps");
      if (Array.isArray(inner))
        step.inner = groupOf(inner, [...step.path, "steps"], {
          owner: step,
          isListed: ownValue(written, "order") === "listed",
        });
    }
    return group;
  }

  const root = groupOf(ownValue(workflow, "steps"), ["steps"], {
    owner: undefined,
    isListed: ownValue(workflow, "order") === "listed",
  });
  const on = ownValue(workflow, "on");
  for (const phase of ["failure", "always"] as const) {
    const handlers = ownValue(on, phase);
    if (Array.isArray(handlers))
      groupOf(handlers, ["on", phase], { owner: undefined, isListed: false, phase });
  }
  return { root, groups, byId, knowsAllIds };
}

/** The step itself, then the steps around it, the nearest first. */
export function* stepsAround(step: StepNode | undefined): Generator<StepNode, void, undefined> {
  for (let at = step; at !== undefined; at = at.group.owner) yield at;
}

/** Returns when the handler that contains the step runs; undefined for other steps. */
export function phaseOf(step: StepNode | undefined): Phase | undefined {
  let group = step?.group;
  while (group?.owner !== undefined) group = group.owner.group;
  return group?.phase;
}

/**
 * Returns the step itself, or the step around it, that is in the list; undefined if the list does
 * not contain the step at any depth.
 */
export function within(group: StepGroup, step: StepNode): StepNode | undefined {
  for (const at of stepsAround(step)) if (at.group === group) return at;
  return undefined;
}

/** Returns the text if it is one and not empty. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
