import { REFERENCE_ISSUES } from "../issues/reference-issues.js";
import type { YamlProblem } from "./yaml-problem.js";

/** The reasons that a comment in the middle of a list or map in brackets can have. */
const IN_BRACKETS =
  /^(?:unexpected end of the stream within a flow|missed comma between|deficient indentation)/;

/** The reasons that a comment in the middle of a text of several lines can have. */
const IN_LINES =
  /^(?:end of the stream or a document separator|bad indentation of a|can not read a block mapping)/;

/**
 * Explains a problem whose cause is that `#`, which was meant as text, begins a comment in the line
 * before: the comment hides a bracket, or ends a text that continues on the next line.
 */
export function explainComment(reason: string, text: string, at: number): YamlProblem | undefined {
  const isBracket = IN_BRACKETS.test(reason);
  if (!isBracket && !IN_LINES.test(reason)) return undefined;
  const lineStart = text.lastIndexOf("\n", at - 1) + 1;
  const before = text.slice(0, isBracket ? at : lineStart).trimEnd();
  const start = before.lastIndexOf("\n") + 1;
  const line = before.slice(start);
  const comment = commentIn(line);
  if (comment === undefined) return undefined;
  const hidden = line.slice(comment);
  // A comment of the author's usually has a space after the `#`.
  const isMeant = isBracket ? /[\]}]/.test(hidden) : /^#[^\s#!]/.test(hidden);
  if (!isMeant) return undefined;
  const effect = isBracket ? "it hides the closing bracket" : "the text ends before it";
  return {
    kind: REFERENCE_ISSUES.cutText,
    message: `\`#\` begins a comment here, so ${effect}`,
    at: start + comment,
  };
}

/** Returns where the comment of a line begins. The line is assumed to begin outside quotes. */
function commentIn(line: string): number | undefined {
  let quote = "";
  // The last character that is not white space. Only at the beginning of a value, a quote quotes.
  let last = "";
  for (let at = 0; at < line.length; at += 1) {
    const [character = "", previous = " "] = [line[at], line[at - 1]];
    if (quote !== "") {
      if (character === quote && !(quote === '"' && previous === "\\")) quote = "";
    } else if (/["']/.test(character) && /^[,:[{-]?$/.test(last)) quote = character;
    else if (character === "#" && /\s/.test(previous)) return at;
    if (/\S/.test(character)) last = character;
  }
  return undefined;
}
