// Made when it is needed: its tables take longer to load than most commands take to answer.
let known: Intl.Segmenter | undefined;

function graphemes(text: string): Intl.Segments {
  known ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  return known.segment(text);
}

// Latin, dashes, arrows, lines and the signs that this command draws: a cell each, whatever stands beside them.
const PLAIN =
  /^[\x20-\x7e\xa1-\xac\xae-\u02ff\u2010-\u2026\u2190-\u2193\u2500-\u257f\u2713\u2714\u2716\u2717\u25a0\u25cb\u25cf\u25d0\u2298]*$/;

// Hangul, kana, CJK and the full-width forms: two cells each in every common terminal.
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u;
const EMOJI = /\p{Emoji_Presentation}|\ufe0f/u;
const NOTHING = /^[\p{Mn}\p{Me}\p{Cf}]+$/u;

/** Cells that a text takes on a terminal. It must be clean: no escapes, no newlines. */
export function displayWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes(text)) width += graphemeWidth(segment);
  return width;
}

/** The text in at most `width` cells; what was cut off is shown by `…`. */
export function cutToWidth(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  if (width <= 0) return "";
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

/** The text in exactly `width` cells: filled up with spaces, or cut. */
export function padToWidth(text: string, width: number): string {
  const cut = cutToWidth(text, width);
  return cut + " ".repeat(Math.max(0, width - displayWidth(cut)));
}

function graphemeWidth(grapheme: string): number {
  if (NOTHING.test(grapheme)) return 0;
  return WIDE.test(grapheme) || EMOJI.test(grapheme) ? 2 : 1;
}
