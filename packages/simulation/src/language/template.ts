import { ExpressionFailure } from "./ExpressionFailure.js";
import { evaluate, evaluateText, type Scope } from "./evaluate.js";
import { asText, isMap, mapOf } from "./json-values.js";
import { type Expression, readExpression } from "./parse-expression.js";
import { Tokens } from "./tokens.js";

type Part = string | Expression;

const OPEN = "${{";
const MAX_TEXT = 10 * 1024 * 1024;

/** The pieces of a text: what is literal, and the expressions in it. */
export function readTemplate(text: string): readonly Part[] {
  if (!text.includes(OPEN)) return [text];
  const parts: Part[] = [];
  let literal = "";
  let at = 0;
  while (at < text.length) {
    if (text.startsWith(`$${OPEN}`, at)) {
      literal += OPEN;
      at += OPEN.length + 1;
    } else if (text.startsWith(OPEN, at)) {
      if (literal !== "") parts.push(literal);
      literal = "";
      const tokens = new Tokens(text, { from: at + OPEN.length, isBraced: true });
      parts.push(readExpression(tokens));
      if (tokens.next.kind !== "end") throw tokens.unexpected("expected }}");
      at = tokens.next.end;
    } else {
      literal += text[at];
      at += 1;
    }
  }
  if (literal !== "" || parts.length === 0) parts.push(literal);
  return parts;
}

/** A text with its expressions replaced by their values. */
export function renderText(text: string, scope: Scope): string {
  const rendered = readTemplate(text)
    .map((part) => (typeof part === "string" ? part : asText(evaluate(part, scope))))
    .join("");
  if (rendered.length > MAX_TEXT) throw new ExpressionFailure("value", "the text is too long");
  return rendered;
}

/** A value with every text in it rendered; a text that is one expression gives its value. */
export function fillValue(value: unknown, scope: Scope): unknown {
  if (typeof value === "string") {
    const parts = readTemplate(value);
    const [only] = parts;
    return parts.length === 1 && typeof only === "object"
      ? evaluate(only, scope)
      : renderText(value, scope);
  }
  if (Array.isArray(value)) return value.map((item) => fillValue(item, scope));
  if (!isMap(value)) return value;
  return mapOf(Object.entries(value).map(([key, item]) => [key, fillValue(item, scope)] as const));
}

/** The value of a field that is an expression, with or without braces around the whole of it. */
export function evaluateField(text: string, scope: Scope): unknown {
  return text.trimStart().startsWith(OPEN)
    ? fillValue(text.trim(), scope)
    : evaluateText(text, scope);
}
