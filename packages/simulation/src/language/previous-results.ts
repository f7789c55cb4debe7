import type { Instance } from "./Instance.js";
import type { RunNames } from "./names.js";
import { type Expression, parseExpression } from "./parse-expression.js";

/**
 * The results of the steps that a leaf depends on, by id; null for those that did not complete. An
 * item is given its item in the place of the steps that `foreach` reads.
 */
export function previousResultsOf(leaf: Instance, run: RunNames): Record<string, unknown> {
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

function stepsReadBy(items: unknown): ReadonlySet<string> {
  const names = new Set<string>();
  if (typeof items !== "string") return names;
  const text = items.trim().replace(/^\$\{\{|\}\}$/g, "");
  visit(parseExpression(text), names);
  return names;
}

function visit(expression: Expression, names: Set<string>): void {
  if (expression.kind === "member" && isSteps(expression.of)) names.add(expression.name);
  if (
    expression.kind === "index" &&
    isSteps(expression.of) &&
    expression.at.kind === "literal" &&
    typeof expression.at.value === "string"
  )
    names.add(expression.at.value);
  for (const inner of innerExpressions(expression)) visit(inner, names);
}

const isSteps = (expression: Expression): boolean =>
  expression.kind === "name" && expression.name === "steps";

function innerExpressions(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case "literal":
    case "name":
      return [];
    case "member":
    case "unary":
      return [expression.of];
    case "index":
      return [expression.of, expression.at];
    case "list":
      return expression.items;
    case "map":
      return expression.entries.map(([, value]) => value);
    case "binary":
      return [expression.left, expression.right];
    case "call":
      return expression.args;
    case "each":
      return [expression.of, expression.body];
  }
}
