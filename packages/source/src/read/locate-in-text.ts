import type { SourceText, Span } from "../text/SourceText.js";
import type { SourceNode } from "./source-node.js";

/**
 * Locates a piece of a string's value in the source. The piece follows a mark such as `${{`.
 *
 * Because of quotes, escapes, folding and indentation, the value differs from the source. The walk
 * starts at the same mark in both and ignores differences in white space. If anything else differs,
 * it returns the location of the mark.
 */
export function locateInText(
  source: SourceText,
  node: SourceNode & { readonly kind: "scalar" },
  value: string,
  mark: string,
  [start, end]: Span,
): Span {
  const written = source.text.slice(node.start, node.end);
  const markAt = value.lastIndexOf(mark, start);
  const nth = countOf(value.slice(0, markAt), mark);
  if (markAt < 0 || countOf(written, mark) !== countOf(value, mark)) return [node.start, node.end];
  const from = node.start + offsetOfNth(written, mark, nth);
  const begin = walk(source.text, from, value, markAt, start);
  const finish = begin === undefined ? undefined : walk(source.text, begin, value, start, end);
  return begin === undefined || finish === undefined ? [from, from + mark.length] : [begin, finish];
}

function countOf(text: string, mark: string): number {
  let count = 0;
  for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + mark.length)) count += 1;
  return count;
}

function offsetOfNth(text: string, mark: string, nth: number): number {
  let at = text.indexOf(mark);
  for (let count = 0; count < nth; count += 1) at = text.indexOf(mark, at + mark.length);
  return at;
}

/**
 * Returns the source offset that corresponds to `to` in the value, if `sourceAt` corresponds to
 * `from`.
 */
function walk(
  text: string,
  sourceAt: number,
  value: string,
  from: number,
  to: number,
): number | undefined {
  let at = sourceAt;
  for (let index = from; index < to; index += 1) {
    if (isSpace(value[index])) {
      while (isSpace(text[at])) at += 1;
      while (index + 1 < to && isSpace(value[index + 1])) index += 1;
    } else if (text[at] === value[index]) at += 1;
    else return undefined;
  }
  while (to < value.length && !isSpace(value[to]) && isSpace(text[at])) at += 1;
  return at;
}

function isSpace(character: string | undefined): boolean {
  return character === " " || character === "\n" || character === "\t" || character === "\r";
}
