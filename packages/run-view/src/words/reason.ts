import { cleanLine, cleanText } from "../text/clean-text.js";
import { failureLine } from "../text/failure-line.js";

/** What measures a line, and cuts one that is too long. */
export interface Ruler {
  /** Returns how wide a text is, in the unit of this ruler. */
  widthOf(text: string): number;
  /** Returns at most `width` of a text; one that was cut ends with `…`. */
  cut(text: string, width: number): string;
}

/** Measures a line in characters. A terminal measures in cells. */
export const CHARACTERS: Ruler = { widthOf: (text) => text.length, cut: cutLine };

/** How much of an error is read to show its reason, in characters. */
const READ_LENGTH = 120_000;

/** How much of the front of a cut reason is shown, the rest being its end. */
const FRONT_SHARE = 0.4;

/** What the engine and the agent say before the reason that a program states. */
const OWN_WORDS = new RegExp(
  "^(?:(?:step `[^`]*`|\\S+) failed: )?" +
    "(?:program `[^`]*` (?:exited with code -?\\d+|was killed by [^:]*): )?",
);

/** The maximum length of an error in a sentence, and of a result, in characters. */
const ERROR_LENGTH = 200;
const RESULT_LENGTH = 60;

/** How much of a result is read to show its beginning, in characters. */
const RESULT_READ_LENGTH = 10_000;

/**
 * The reason that an error message states, on one line of at most `width` characters, or cells of a
 * terminal. What does not fit is cut in front, between clauses, so that the reason itself remains.
 * If it is too long as well, its middle is cut, between words.
 */
export function fitReason(message: string, width: number, ruler: Ruler = CHARACTERS): string {
  const line = failureLine(message.slice(0, READ_LENGTH));
  if (width === Number.POSITIVE_INFINITY || ruler.widthOf(line) <= width) return line;
  let rest = line;
  for (let at = rest.indexOf(": "); at >= 0; at = rest.indexOf(": ")) {
    rest = rest.slice(at + 2);
    const cut = `… ${rest}`;
    if (ruler.widthOf(cut) <= width) return cut;
  }
  const cut = cutInside(line.replace(OWN_WORDS, ""), width, ruler);
  // Without its beginning, a reason says more if it begins with its last clause.
  return cut.startsWith("…") ? cutInside(rest, width, ruler) : cut;
}

/** A line with its middle cut between words. */
function cutInside(line: string, width: number, ruler: Ruler): string {
  const words = line.split(" ");
  const back = taken(words.toReversed(), (width - 3) * (1 - FRONT_SHARE), ruler).toReversed();
  // Not even the last word has room.
  if (back.length === 0) return ruler.cut(line, width);
  const room = width - 3 - ruler.widthOf(back.join(" "));
  const front = taken(words.slice(0, words.length - back.length), room, ruler);
  return [...front, "…", ...back].join(" ");
}

/** The first words that have room together. */
function taken(words: readonly string[], room: number, ruler: Ruler): string[] {
  let width = -1;
  const end = words.findIndex((word) => {
    width += 1 + ruler.widthOf(word);
    return width > room;
  });
  return words.slice(0, end < 0 ? words.length : end);
}

/** The reason that an error states, as one line. */
export function shortError(error: string, length = ERROR_LENGTH): string {
  return fitReason(error, length);
}

/** A result as one short line. */
export function shortResult(
  result: unknown,
  width = RESULT_LENGTH,
  ruler: Ruler = CHARACTERS,
): string {
  if (result === undefined) return "";
  // Cut before it is written as JSON, and before it is cleaned: a result may be very long.
  const shown =
    typeof result === "string" ? cleanText(result.slice(0, RESULT_READ_LENGTH)) : result;
  return ruler.cut(cleanLine(JSON.stringify(shown).slice(0, RESULT_READ_LENGTH)), width);
}

/** At most `length` characters of a line; one that was cut ends with `…`. */
export function cutLine(line: string, length: number): string {
  if (line.length <= length) return line;
  return `${line.slice(0, Math.max(0, length - 1)).replace(/[\ud800-\udbff]$/, "")}…`;
}
