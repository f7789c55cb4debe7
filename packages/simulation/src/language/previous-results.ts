import type { Instance } from "./Instance.js";
import type { RunNames } from "./names.js";
import { pathsInText } from "./paths.js";

/**
 * The results of the steps that a leaf depends on, by id; null for those that did not complete. An
 * item is given its item in the place of the steps that `foreach` reads.
 */
export function previousResultsOf(leaf: Instance, run: RunNames): Record<string, unknown> {
  // What checks an answer has no dependencies of its own.
  if (leaf.role === "attached") return {};
  const step = leaf.role === "step" ? leaf : (leaf.owner ?? leaf);
  const siblings = step.owner?.innerSteps ?? run.steps;
  const read = leaf.role === "item" ? stepsReadBy(leaf.def.foreach?.in) : new Set();
  return Object.fromEntries(
    step.def.dependencies
      .filter((id) => !read.has(id))
      .map((id) => {
        const found = siblings.find(({ def }) => def.id === id);
        return [id, found?.status === "completed" ? found.result : null] as const;
      }),
  );
}

const stepsReadBy = (items: unknown): ReadonlySet<unknown> =>
  new Set(
    typeof items === "string"
      ? pathsInText(items, { isExpression: true })
          .filter(([root]) => root === "steps")
          .map(([, id]) => id)
      : [],
  );
