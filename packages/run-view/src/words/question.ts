import type { OpenQuestion } from "../open-questions.js";
import { cleanLine } from "../text/clean-text.js";
import { instant } from "./duration.js";
import { cutLine, shortError } from "./reason.js";

/** The maximum length of a question in a row. */
const QUESTION_LENGTH = 100;

/** What is asked, in one line: `Approve the design?`, `signal deployed-test`. */
export function questionText({ kind, ask = "", signal = "", error = "" }: OpenQuestion): string {
  switch (kind) {
    case "gate":
      return cutLine(cleanLine(ask), QUESTION_LENGTH);
    case "signal":
      return `signal ${cleanLine(signal)}`;
    case "unknown":
      return `unknown whether it took effect: ${shortError(error, QUESTION_LENGTH)}`;
  }
}

/** What is asked, and until when: `Approve the design?  (by 2026-03-01 14:05:09)`. */
export function questionWithTime(question: OpenQuestion): string {
  const { dueAt } = question;
  const until = dueAt === undefined ? "" : `  (by ${instant(dueAt)})`;
  return questionText(question) + until;
}
