import { ExpressionFailure } from "./ExpressionFailure.js";
import { type Expression, parseExpression } from "./parse-expression.js";
import { readTemplate } from "./template.js";

/** A path that an expression reads, from its first name on: `["steps", "a", "output", 0]`. */
export type ReadPath = readonly (string | number)[];

/** The expressions in direct reach of one. */
export function innerExpressions(expression: Expression): readonly Expression[] {
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

/** The paths that an expression reads, as far as they do not depend on a value. */
export function pathsIn(expression: Expression): readonly ReadPath[] {
  const path = staticPath(expression);
  if (path !== undefined) return [path];
  return innerExpressions(expression).flatMap(pathsIn);
}

/** The paths in a text with `${{ }}`, or in a text that is an expression. */
export function pathsInText(text: string, { isExpression = false } = {}): readonly ReadPath[] {
  try {
    const parts =
      isExpression && !text.trimStart().startsWith("${{")
        ? [parseExpression(text)]
        : readTemplate(text);
    return parts.flatMap((part) => (typeof part === "string" ? [] : pathsIn(part)));
  } catch (error) {
    if (error instanceof ExpressionFailure) return [];
    throw error;
  }
}

function staticPath(expression: Expression): ReadPath | undefined {
  if (expression.kind === "name") return [expression.name];
  if (expression.kind !== "member" && expression.kind !== "index") return undefined;
  const of = staticPath(expression.of);
  if (of === undefined) return undefined;
  if (expression.kind === "member") return [...of, expression.name];
  const { at } = expression;
  const key = at.kind === "literal" ? at.value : undefined;
  return typeof key === "string" || typeof key === "number" ? [...of, key] : undefined;
}
