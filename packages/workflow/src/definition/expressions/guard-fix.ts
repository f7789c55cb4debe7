import {
  type Expression,
  type ExpressionReference,
  type Finding,
  References,
} from "../../core/expressions.js";
import type { DefinitionFix } from "../../errors.js";
import type { ExpressionPlace } from "./expression-places.js";
import type { PlaceReporter } from "./PlaceReporter.js";

interface Guarded {
  readonly finding: Finding;
  /** The reference whose value may be missing; undefined if it is of a variable of a macro. */
  readonly reference: ExpressionReference | undefined;
  readonly reporter: PlaceReporter;
}

/**
 * Returns the fix for a value that may be absent or null: in a condition, `has(…)` before it, which
 * is safe; elsewhere `default(…, '')`, whose value only the author knows.
 */
export function guardFix(
  place: ExpressionPlace,
  expression: Expression,
  { finding: { span }, reference, reporter }: Guarded,
): DefinitionFix | undefined {
  if (reference === undefined) return undefined;
  const path = place.text.slice(span.start, span.end);
  if (place.role === "if" && References.isPath(path)) {
    const { start, end } = expression.span;
    const condition = place.text.slice(start, end);
    const rest = References.isAlternative(expression) ? `(${condition})` : condition;
    const options = { safe: true, title: `write \`has(${path}) && …\`` };
    return reporter.replacement(place, expression.span, `has(${path}) && ${rest}`, options);
  }
  return References.isPath(path)
    ? reporter.replacement(place, span, `default(${path}, '')`, { safe: false })
    : undefined;
}
