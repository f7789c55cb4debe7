import {
  type Expression,
  type ExpressionProblem,
  type ExpressionReference,
  type ExpressionSpan,
  Expressions,
  References,
  Templates,
} from "../../core/expressions.js";
import type { ExpressionPlace } from "./expression-places.js";

/** An expression in a text. */
export interface PlacedExpression {
  readonly expression: Expression;
  /** Where it is in the text, with its braces. */
  readonly outer: ExpressionSpan;
  /** What it refers to, in the order of the text. */
  readonly references: readonly ExpressionReference[];
}

/** A text in pieces. */
export interface ParsedPlace {
  readonly place: ExpressionPlace;
  readonly expressions: readonly PlacedExpression[];
  readonly problems: readonly ExpressionProblem[];
  /** Whether the text is one expression, whose value keeps its type. */
  readonly isWhole: boolean;
}

/** Parses the text of a place. */
export function parsePlace(place: ExpressionPlace): ParsedPlace {
  const { text } = place;
  if (place.isField) {
    const parsed = Expressions.parseField(text);
    if (!parsed.ok) return { place, expressions: [], problems: parsed.problems, isWhole: true };
    const outer = { start: 0, end: text.length };
    const { expression } = parsed;
    const references = References.ofExpression(expression);
    return { place, expressions: [{ expression, outer, references }], problems: [], isWhole: true };
  }
  const { parts, problems } = Templates.parse(text);
  const expressions = parts.flatMap((part) =>
    typeof part === "string"
      ? []
      : [{ ...part, references: References.ofExpression(part.expression) }],
  );
  const [first] = expressions;
  const isWhole = first?.outer.start === 0 && first.outer.end === text.length;
  return { place, expressions, problems, isWhole };
}
