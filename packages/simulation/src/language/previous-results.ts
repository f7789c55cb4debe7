import type { Instance } from "./Instance.js";
import type { RunNames } from "./names.js";
import { pathsInText } from "./paths.js";

/**
 * The steps that a leaf depends on, by id. An item is given its item in the place of the steps that
 * `foreach` reads.
 */
export function dependenciesOf(leaf: Instance, run: RunNames): ReadonlyMap<string, Instance> {
  // What checks an answer has no dependencies of its own.
  if (leaf.role === "attached") return new Map();
  const step = leaf.role === "step" ? leaf : (leaf.owner ?? leaf);
  const siblings = step.owner?.innerSteps ?? run.steps;
  const read = leaf.role === "item" ? stepsReadBy(leaf.def.foreach?.in) : new Set();
  const ids = step.def.dependencies.filter((id) => !read.has(id));
  return new Map(
    siblings.flatMap((sibling) =>
      ids.includes(sibling.def.id) ? [[sibling.def.id, sibling] as const] : [],
    ),
  );
}

/** The results of the steps that a leaf depends on, by id; null for those that did not complete. */
export const previousResultsOf = (leaf: Instance, run: RunNames): Record<string, unknown> =>
  Object.fromEntries(
    [...dependenciesOf(leaf, run)].map(([id, { status, result }]) => [
      id,
      status === "completed" ? result : null,
    ]),
  );

const stepsReadBy = (items: unknown): ReadonlySet<unknown> =>
  new Set(
    typeof items === "string"
      ? pathsInText(items, { isExpression: true })
          .filter(([root]) => root === "steps")
          .map(([, id]) => id)
      : [],
  );
