import { everyStep, type Path } from "@automatosx/source";
import { ownValue } from "./own-value.js";

/** A step as written, and its path. It may be invalid. */
export interface WrittenLeaf {
  readonly written: unknown;
  readonly path: Path;
  /** The purpose of the step, if it is attached to another step. */
  readonly kind?: "check" | "reconcile";
}

/**
 * Yields every step of a workflow as written: those of groups, of handlers, and those that are
 * attached to others.
 */
export function* writtenLeaves(workflow: unknown): Generator<WrittenLeaf, void, undefined> {
  for (const { step, path } of everyStep(workflow)) {
    yield { written: step, path };
    yield* attachedSteps(step, path);
  }
}

/** A step that is attached to another. */
export type WrittenAttached = Required<WrittenLeaf>;

/** Yields the checks of a step as written, and its `reconcile` step. */
export function* attachedSteps(
  step: unknown,
  path: Path,
): Generator<WrittenAttached, void, undefined> {
  const check = ownValue(step, "check");
  const at = [...path, "check"];
  if (Array.isArray(check))
    for (const [index, written] of check.entries())
      yield { kind: "check", written, path: [...at, index] };
  else if (check !== undefined) yield { kind: "check", written: check, path: at };
  const reconcile = ownValue(step, "reconcile");
  if (reconcile !== undefined)
    yield { kind: "reconcile", written: reconcile, path: [...path, "reconcile"] };
}
