import type { Path } from "@automatosx/source";
import { entriesOf, ownValue } from "./own-value.js";
import type { StepNode } from "./step-tree.js";

/** When a dependency is satisfied. `listed` is that of two neighbours under `order: listed`. */
type EdgeMode = "ok" | "ok-or-skipped" | "done" | "listed";

/** A dependency as written: the id of a step, and when it is satisfied. */
export interface WrittenEdge {
  readonly id: string;
  readonly mode: EdgeMode;
  /** Its position in the list. */
  readonly place: number;
  /** Whether the id is a key, as in `{ build: done }`. */
  readonly isKey: boolean;
}

/** Returns the path of a dependency's id in the definition. */
export function pathOfEdge({ path }: StepNode, { id, place, isKey }: WrittenEdge): Path {
  const at = [...path, "dependencies", place];
  return isKey ? [...at, id] : at;
}

const MODES: ReadonlySet<unknown> = new Set(["ok", "ok-or-skipped", "done"]);

/** Whether the step runs if at least one of the steps that it waits for has completed. */
export function waitsForAny({ written }: StepNode): boolean {
  return ownValue(written, "join") === "any";
}

/** Returns the dependencies that can be read, in the order of the text. */
export function writtenEdges(step: StepNode): WrittenEdge[] {
  const list = ownValue(step.written, "dependencies");
  if (!Array.isArray(list)) return [];
  const silent = silentMode(step);
  const edges: WrittenEdge[] = [];
  for (const [place, entry] of (list as readonly unknown[]).entries()) {
    if (typeof entry === "string") edges.push({ id: entry, mode: silent, place, isKey: false });
    else
      for (const [id, written] of entriesOf(entry)) {
        const mode = MODES.has(written) ? (written as EdgeMode) : silent;
        edges.push({ id, mode, place, isKey: true });
      }
  }
  return edges;
}

/** The mode of the dependencies that do not name one. */
function silentMode({ written }: StepNode): EdgeMode {
  const join = ownValue(written, "join");
  if (join === "any") return "done";
  return MODES.has(join) ? (join as EdgeMode) : "ok";
}

/** A dependency on another step of the same list. */
export interface Edge {
  readonly target: StepNode;
  readonly mode: EdgeMode;
}

/** Whether a step that has not started can satisfy the edge. */
export function isChoice({ mode }: Edge): boolean {
  return mode === "done" || mode === "ok-or-skipped";
}

/**
 * Returns the edges of a step to other steps of its list. Dependencies on anything else are
 * omitted; they are issues.
 */
export function edgesOf(step: StepNode): Edge[] {
  const { group, place } = step;
  if (group.isListed) {
    const before = group.steps[place - 1];
    return before === undefined ? [] : [{ target: before, mode: "listed" }];
  }
  return writtenEdges(step).flatMap(({ id, mode }) => {
    const target = group.byId.get(id);
    return target === undefined || target === step ? [] : [{ target, mode }];
  });
}
