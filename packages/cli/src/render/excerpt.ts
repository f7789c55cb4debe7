import { cleanText, groupDigits } from "@automatosx/workflow/terminal-text";

/** How much of a long text is shown, of its beginning and of its end. */
const HEAD = { lines: 20, characters: 1200 };
const TAIL = { lines: 10, characters: 600 };

/** The beginning and the end of a text, as clean lines. */
export interface Excerpt {
  readonly head: readonly string[];
  /** How many characters stand between both; 0 if `head` is the whole text. */
  readonly cutCount: number;
  readonly tail: readonly string[];
}

/** Returns the beginning and the end of a text, cut between words. A short text stays whole. */
export function excerptOf(text: string): Excerpt {
  const headEnd = endOfHead(text);
  const tailStart = Math.max(headEnd, startOfTail(text));
  if (isWhole(text, headEnd, tailStart))
    return { head: linesOf(text.trimEnd()), cutCount: 0, tail: [] };
  return {
    head: linesOf(text.slice(0, headEnd)),
    cutCount: tailStart - headEnd,
    tail: linesOf(text.slice(tailStart).trimEnd()),
  };
}

/** The lines of an excerpt, with a mark that names what shows the whole text: a command or flag. */
export function excerptLines(text: string, shownBy: string): readonly string[] {
  const { head, cutCount, tail } = excerptOf(text);
  if (cutCount === 0) return head;
  const cut = `… ${groupDigits(cutCount)} characters are not shown: ${shownBy}`;
  return [...head, cut, ...tail];
}

// A mark in the place of one or two lines would save nothing.
function isWhole(text: string, headEnd: number, tailStart: number): boolean {
  const middle = text.slice(headEnd, Math.min(tailStart, headEnd + HEAD.characters));
  return middle.length <= 80 && linesOf(middle).length <= 2;
}

function endOfHead(text: string): number {
  let end = 0;
  for (let lines = 0; lines < HEAD.lines && end <= HEAD.characters; lines += 1) {
    const next = text.indexOf("\n", end);
    if (next < 0) return Math.min(text.length, breakBefore(text, HEAD.characters));
    end = next + 1;
  }
  return end <= HEAD.characters ? end : breakBefore(text, HEAD.characters);
}

function startOfTail(text: string): number {
  const least = Math.max(0, text.length - TAIL.characters);
  // The newline at the end of the text begins no line.
  let start = text.endsWith("\n") ? text.length - 1 : text.length;
  for (let lines = 0; lines < TAIL.lines; lines += 1) {
    const before = start === 0 ? -1 : text.lastIndexOf("\n", start - 1);
    if (before < least) return breakAfter(text, least);
    start = before;
  }
  return start + 1;
}

/**
 * The position of the last white space before `at`, if there is one nearby, so that no word is cut.
 */
function breakBefore(text: string, at: number): number {
  if (at >= text.length) return text.length;
  for (let index = at; index > at / 2; index -= 1) if (isSpace(text, index)) return index;
  return isLowSurrogate(text, at) ? at - 1 : at;
}

function breakAfter(text: string, at: number): number {
  if (at === 0) return 0;
  const end = (at + text.length) / 2;
  for (let index = at; index < end; index += 1) if (isSpace(text, index)) return index + 1;
  return isLowSurrogate(text, at) ? at + 1 : at;
}

function isSpace(text: string, index: number): boolean {
  return /\s/.test(text.charAt(index));
}

function isLowSurrogate(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  return unit >= 0xdc00 && unit <= 0xdfff;
}

function linesOf(text: string): readonly string[] {
  return cleanText(text).replace(/\n$/, "").split("\n");
}
