import { createRequire } from "node:module";

// Load both only for the first text that needs them: loading takes longer than most commands run.
let loadedSegmenter: Intl.Segmenter | undefined;
let loadedEastAsianWidth: typeof import("get-east-asian-width")["eastAsianWidth"] | undefined;

function graphemes(text: string): Intl.Segments {
  loadedSegmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  return loadedSegmenter.segment(text);
}

function eastAsianWidth(codePoint: number): number {
  loadedEastAsianWidth ??= (
    createRequire(import.meta.url)("get-east-asian-width") as typeof import("get-east-asian-width")
  ).eastAsianWidth;
  return loadedEastAsianWidth(codePoint);
}

// Latin letters, dashes, arrows, lines and the icons that `axw` draws. Each takes one cell,
// whichever of them is next to it.
const PLAIN = new RegExp(
  "^[\\x20-\\x7e\\xa1-\\xac\\xae-\\u02ff\\u2010-\\u2026\\u2190-\\u2193\\u2500-\\u257f" +
    "\\u2713\\u2714\\u2716\\u2717\\u25a0\\u25cb\\u25cf\\u25d0-\\u25d3\\u2298]*$",
);

const EMOJI = /^\p{Emoji_Presentation}|^\p{Emoji}\ufe0f|\u200d\p{Extended_Pictographic}/u;
const HANGUL = /^[\u1100-\u11ff\ua960-\ua97c\uac00-\ud7a3\ud7b0-\ud7fb]/;
const INVISIBLE = /^[\p{Mn}\p{Me}\p{Cf}\p{Default_Ignorable_Code_Point}]$/u;
const ZERO_WIDTH_JOINER = "\u200d";

/**
 * The number of cells that the text takes on a terminal. The text must not contain escapes or
 * newlines.
 */
export function displayWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes(text)) width += graphemeWidth(segment);
  return width;
}

/** Text of more characters for each cell than this is truncated even if it would fit. */
const MAX_UNITS_PER_CELL = 32;

/**
 * The text, truncated to at most `width` cells. Truncated text ends with `…`. Only the beginning of
 * a long text is read.
 */
export function cutToWidth(full: string, width: number): string {
  if (width <= 0) return displayWidth(full.slice(0, MAX_UNITS_PER_CELL)) <= width ? full : "";
  const text = full.slice(0, (width + 1) * MAX_UNITS_PER_CELL);
  if (text.length === full.length && displayWidth(text) <= width) return text;
  if (PLAIN.test(text)) return `${text.slice(0, width - 1)}…`;
  let used = 0;
  let cut = "";
  for (const { segment } of graphemes(text)) {
    used += graphemeWidth(segment);
    if (used > width - 1) break;
    cut += segment;
  }
  return `${cut}…`;
}

/**
 * Divides a text after as many of its characters as fit in `width` cells; at least one, if the text
 * is not empty.
 */
export function splitAtWidth(text: string, width: number): readonly [string, string] {
  let used = 0;
  for (const { segment, index } of graphemes(text)) {
    used += graphemeWidth(segment);
    if (used > width && index > 0) return [text.slice(0, index), text.slice(index)];
  }
  return [text, ""];
}

/** Whether the text contains characters between which a line may be broken, such as Chinese ones. */
export function canBreakAnywhere(text: string): boolean {
  return BREAKABLE.test(text);
}

const BREAKABLE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;

/** The text in exactly `width` cells: padded with spaces or truncated. */
export function padToWidth(text: string, width: number): string {
  const cut = cutToWidth(text, width);
  return cut + " ".repeat(Math.max(0, width - displayWidth(cut)));
}

function graphemeWidth(grapheme: string): number {
  if (EMOJI.test(grapheme)) return 2;
  // The letters of a Hangul syllable share its cells.
  if (HANGUL.test(grapheme)) return eastAsianWidth(grapheme.codePointAt(0) ?? 0);
  let width = 0;
  for (const character of grapheme) {
    if (character === ZERO_WIDTH_JOINER) break;
    if (!INVISIBLE.test(character)) width += eastAsianWidth(character.codePointAt(0) ?? 0);
  }
  return width;
}
