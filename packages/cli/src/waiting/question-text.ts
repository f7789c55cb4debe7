import type { OpenQuestion } from "@automatosx/workflow/observe";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import { shortError } from "../progress/describe-event.js";
import { cutToWidth } from "../render/display-width.js";
import { excerptLines } from "../render/excerpt.js";
import { instant } from "../render/words.js";
import { fieldsOf, kindOfField } from "./form-fields.js";

/** The maximum width of a question in a table. */
const QUESTION_WIDTH = 100;

/** What is asked, in one line: `Approve the design?`, `signal deployed-test`. */
export function questionText({ kind, ask = "", signal = "", error = "" }: OpenQuestion): string {
  switch (kind) {
    case "gate":
      return cutToWidth(cleanLine(ask), QUESTION_WIDTH);
    case "signal":
      return `signal ${cleanLine(signal)}`;
    case "unknown":
      return `unknown whether it took effect: ${shortError(error, QUESTION_WIDTH)}`;
  }
}

/** What is asked, and until when: `Approve the design?  (by 2026-03-01 14:05:09)`. */
export function questionWithTime(question: OpenQuestion): string {
  const { dueAt } = question;
  const until = dueAt === undefined ? "" : `  (by ${instant(dueAt)})`;
  return questionText(question) + until;
}

/** The values that a form asks for, one line each: `size   one of small, large`. */
export function formLines(form: unknown): readonly string[] {
  return fieldsOf(form).map((field) => {
    const optional = field.isRequired ? "" : " (optional)";
    return `${cleanLine(field.name)}: ${cleanLine(kindOfField(field))}${optional}`;
  });
}

/** What a gate shows, as lines, with a mark that names what shows the rest of a long text. */
export function shownLines(value: unknown, shownBy: string): readonly string[] {
  const text = typeof value === "string" ? value : JSON.stringify(value, undefined, 2);
  return excerptLines(text, shownBy);
}
