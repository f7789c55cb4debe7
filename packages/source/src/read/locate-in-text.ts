import type { SourceText, Span } from "../text/SourceText.js";
import type { SourceScalar } from "./source-node.js";

/** The characters that escapes stand for, in JSON and in YAML. */
const ESCAPED: Readonly<Record<string, string>> = {
  '"': '"',
  "/": "/",
  "\\": "\\",
  "0": "\0",
  a: "\u0007",
  b: "\b",
  e: "\u001b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\u000b",
  " ": " ",
};

const CODE = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/y;

/** The first line of a block, with the line break. */
const BLOCK_HEADER = /[|>][^\r\n]*\r?\n?/y;

/** How a text is written: without quotes, in single quotes, in double quotes, or as a block. */
type Style = "plain" | "single" | "double" | "block";

/**
 * Locates a piece of a string's value in the source. The piece follows a mark such as `${{`.
 *
 * Because of quotes, escapes, folding and indentation, the value differs from the source. The walk
 * starts at the same mark in both and ignores differences in white space. If anything else differs,
 * it returns the location of the mark.
 */
export function locateInText(
  source: SourceText,
  node: SourceScalar,
  value: string,
  mark: string,
  [start, end]: Span,
): Span {
  const written = source.text.slice(node.start, node.end);
  const markAt = value.lastIndexOf(mark, start);
  const nth = countOf(value.slice(0, markAt), mark);
  if (markAt < 0 || countOf(written, mark) !== countOf(value, mark)) return [node.start, node.end];
  const from = node.start + offsetOfNth(written, mark, nth);
  const style = styleOf(source.text, node);
  const begin = walk(source.text, from, { value, from: markAt, to: start, style });
  const finish =
    begin === undefined
      ? undefined
      : walk(source.text, begin, { value, from: start, to: end, style });
  return begin === undefined || finish === undefined ? [from, from + mark.length] : [begin, finish];
}

/**
 * Locates a piece of a string's value in the source, from the beginning of the text. Returns
 * undefined if the text is written in a way that differs from the value in more than white space.
 */
export function locateInScalar(
  { text }: SourceText,
  node: SourceScalar,
  value: string,
  [start, end]: Span,
): Span | undefined {
  const style = styleOf(text, node);
  const first = contentStart(text, node, style);
  const begin = walk(text, first, { value, from: 0, to: start, style });
  if (begin === undefined) return undefined;
  const finish = walk(text, begin, { value, from: start, to: end, style });
  return finish === undefined || finish > node.end ? undefined : [begin, finish];
}

function styleOf(text: string, { start, plain }: SourceScalar): Style {
  if (plain) return "plain";
  if (text[start] === '"') return "double";
  return text[start] === "'" ? "single" : "block";
}

function contentStart(text: string, { start }: SourceScalar, style: Style): number {
  if (style === "plain") return start;
  if (style !== "block") return start + 1;
  BLOCK_HEADER.lastIndex = start;
  return start + (BLOCK_HEADER.exec(text)?.[0].length ?? 0);
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

interface Stretch {
  readonly value: string;
  readonly from: number;
  readonly to: number;
  readonly style: Style;
}

/**
 * Returns the source offset that corresponds to `to` in the value, if `sourceAt` corresponds to
 * `from`.
 */
function walk(
  text: string,
  sourceAt: number,
  { value, from, to, style }: Stretch,
): number | undefined {
  let at = sourceAt;
  if (style === "block" && !isSpace(value[from])) while (isSpace(text[at])) at += 1;
  for (let index = from; index < to; index += 1) {
    const next = unitAt(text, at, style);
    if (next !== undefined && next.unit === value[index]) at += next.length;
    else if (isSpace(value[index]) && isSpace(text[at])) {
      while (isSpace(text[at])) at += 1;
      while (index + 1 < to && isSpace(value[index + 1])) index += 1;
    } else return undefined;
  }
  while (to < value.length && !isSpace(value[to]) && isSpace(text[at])) at += 1;
  return at;
}

/** One unit of a value as it is written; undefined for white space, which the walk compares. */
function unitAt(
  text: string,
  at: number,
  style: Style,
): { readonly unit: string; readonly length: number } | undefined {
  const unit = text[at] ?? "";
  if (isSpace(unit)) return undefined;
  if (style === "single" && unit === "'") return { unit, length: text[at + 1] === "'" ? 2 : 1 };
  if (style !== "double" || unit !== "\\") return { unit, length: 1 };
  CODE.lastIndex = at;
  const [whole, ...codes] = CODE.exec(text) ?? [];
  if (whole !== undefined) {
    const code = Number.parseInt(codes.find((digits) => digits !== undefined) ?? "", 16);
    // A character beyond U+FFFF has two units, which an escape does not separate.
    return code > 0xffff ? undefined : { unit: String.fromCharCode(code), length: whole.length };
  }
  const escaped = ESCAPED[text[at + 1] ?? ""];
  return escaped === undefined ? undefined : { unit: escaped, length: 2 };
}

function isSpace(character: string | undefined): boolean {
  return character === " " || character === "\n" || character === "\t" || character === "\r";
}
