import type { TextEdit } from "@automatosx/schemas";
import { locateInScalar } from "../read/locate-in-text.js";
import type { SourceScalar } from "../read/source-node.js";
import type { SourceText, Span } from "../text/SourceText.js";

/** What an unquoted text cannot contain, and how it cannot begin or end. */
const NEEDS_QUOTES = /:\s|\s#|[\n\t]|^[-?!&*|>%@`=~'"[\]{},#\s]|[:\s]$/;

/** What ends an unquoted text in brackets. */
const ENDS_IN_BRACKETS = /[,[\]{}]/;

/** Returns the edit that writes a scalar in quotes, with the text as its value. */
export function quoteScalar(source: SourceText, node: SourceScalar, value: string): TextEdit {
  return { start: node.start, end: node.end, text: quoted(value, isInJson(source)) };
}

/**
 * Returns the edits that replace a piece of a text, in the style in which the text is written.
 * `value` is the text as data. Returns undefined if the piece cannot be located, as in a folded
 * block.
 */
export function replaceInScalar(
  source: SourceText,
  node: SourceScalar,
  value: string,
  [start, end]: Span,
  replacement: string,
): TextEdit | undefined {
  const style = source.text[node.start];
  const whole = value.slice(0, start) + replacement + value.slice(end);
  if (node.plain && (NEEDS_QUOTES.test(whole) || ENDS_IN_BRACKETS.test(replacement)))
    return quoteScalar(source, node, whole);
  const place = locateInScalar(source, node, value, [start, end]);
  if (place === undefined) return undefined;
  const isBlock = !node.plain && style !== '"' && style !== "'";
  if (isBlock && replacement.includes("\n")) return undefined;
  const text =
    style === '"'
      ? JSON.stringify(replacement).slice(1, -1)
      : style === "'"
        ? replacement.replaceAll("'", "''")
        : replacement;
  return { start: place[0], end: place[1], text };
}

/** Writes a text in quotes: in double quotes, unless single quotes are easier to read. */
export function quoted(value: string, isJson = false): string {
  const canBeSingle = !isJson && value.includes('"') && !/[\n\r\t\\]/.test(value);
  return canBeSingle ? `'${value.replaceAll("'", "''")}'` : JSON.stringify(value);
}

/** Returns whether the text is JSON, or YAML that is written in the same way. */
export function isInJson({ text }: SourceText): boolean {
  return /^\s*\{\s*(?:"|\}|$)/.test(text.slice(0, 1000));
}
