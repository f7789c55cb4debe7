import type { StepInfo } from "@automatosx/rescript-core";
import type { OpenQuestion } from "../open-questions.js";
import { cleanLine } from "../text/clean-text.js";
import { count } from "./count.js";
import { instant } from "./duration.js";
import { questionText, questionWithTime } from "./question.js";
import { shortError } from "./reason.js";

/** The maximum length of an error in a note. */
const ERROR_LENGTH = 120;

/**
 * The note that a step needs besides its status: what an open one waits for, why another attempt
 * follows, how a stop ended the run. Undefined if the result or the error of the step is enough.
 */
export function noteOfStep(step: StepInfo, question?: OpenQuestion): string | undefined {
  const { status, kind, waitingFor, detail = {}, retryAt, stop } = step;
  if (question !== undefined) return questionWithTime(question);
  if (kind !== undefined) return undefined;
  switch (status) {
    case "open":
      return openNote(step);
    case "waiting":
      if (waitingFor !== "quota" || retryAt === undefined) return undefined;
      return `parked until ${instant(retryAt)} (${cleanLine(detail.scope ?? "")})`;
    case "running":
      return step.session === undefined ? undefined : `session of ${cleanLine(step.session.from)}`;
    case "ready":
      return askedAgain(step);
    case "completed":
      return stop === undefined ? undefined : stopNote(stop.as, step.result);
    default:
      return undefined;
  }
}

function openNote({ waitingFor, error, detail = {}, check = [] }: StepInfo): string | undefined {
  switch (waitingFor) {
    case "run":
      return error === undefined ? undefined : shortError(error, ERROR_LENGTH);
    case "timer":
      return detail.dueAt === undefined ? undefined : `until ${instant(detail.dueAt)}`;
    case "checks":
      return `checking ${detail.checking ?? 1} of ${check.length}`;
    default:
      return undefined;
  }
}

function askedAgain({ detail = {}, reasks = 0 }: StepInfo): string | undefined {
  const { reasks: asked = 0, feedback } = detail;
  if (asked === 0 || feedback === undefined) return undefined;
  const times = `${asked} of ${count(reasks, "time")}`;
  return `asked again ${times}: ${shortError(feedback.error, ERROR_LENGTH)}`;
}

function stopNote(as: string, reason: unknown): string {
  const why = typeof reason === "string" ? `: ${cleanLine(reason)}` : "";
  return `stopped the run as ${as}${why}`;
}

/** A short note about an open step, for a row that is redrawn. */
export function shortNote(step: StepInfo, question?: OpenQuestion): string {
  return question === undefined ? (noteOfStep(step) ?? "") : questionText(question);
}
