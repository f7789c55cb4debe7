import { cleanLine, cleanText } from "./clean-text.js";
import { type FailureReason, findReason } from "./find-reason.js";

/**
 * Finds what a failed program says in its output about the reason: the last line of a Python
 * traceback, the line above a stack trace, a thrown value, or a line that names an error. If no
 * line does, the last lines stand for the reason. Takes time linear in the length of the text.
 */
export function failureReason(output: string): FailureReason {
  return findReason(cleanOutput(output));
}

/**
 * An error message on one line: its first paragraph, followed by the reason that the rest of it
 * states.
 */
export function failureLine(message: string): string {
  const text = cleanOutput(message).trim();
  if (!text.includes("\n")) return cleanLine(text);
  // The message of a run ends with the number of its other failed steps.
  const [count = ""] = / \(and \d+ more\)$/.exec(text) ?? [];
  const body = text.slice(0, text.length - count.length);
  const end = body.search(/\n\s*\n/);
  const head = cleanLine(end < 0 ? (body.split("\n", 1)[0] ?? "") : body.slice(0, end));
  const reason = findReason(body);
  if (reason.kind === "error")
    return (includesText(head, reason.text) ? head : joined(head, reason.text)) + count;
  return (end < 0 ? cleanLine(body) : head) + count;
}

/**
 * The clean text of a program's output. A carriage return begins the line again, as a progress bar
 * does.
 */
export function cleanOutput(output: string): string {
  return cleanText(output.replaceAll("\r\n", "\n").replaceAll("\r", "\n"));
}

/** How much of a reason is looked for in a message, in characters. */
const COMPARED_LENGTH = 100;

function includesText(text: string, part: string): boolean {
  return text.includes(cleanLine(part).slice(0, COMPARED_LENGTH));
}

function joined(head: string, reason: string): string {
  return `${head.replace(/[.:]$/, "")}: ${cleanLine(reason)}`;
}
