import type { StepInfo } from "@automatosx/rescript-core";
import type { OpenQuestion } from "../open-questions.js";
import { openQuestions } from "../open-questions.js";
import type { RunView } from "../RunView.js";
import { cleanLine } from "../text/clean-text.js";
import { heldText } from "./budget.js";
import { namesOf } from "./count.js";
import { failedStep } from "./failed-step.js";
import { heldByBudget } from "./pause.js";
import { questionText } from "./question.js";
import { cutLine, shortError } from "./reason.js";
import { isOwned, type RunFacts, runWord, stopText, toleratedNote } from "./run-word.js";
import type { Tone } from "./status-tone.js";

/** One thing that a run says besides its status. */
export interface Saying {
  /** How urgent it is. */
  readonly tone: Tone;
  /** What it is about: `waits for design`, `build[auth] failed`, `no process works on it`. */
  readonly head: string;
  /** The rest; empty if the head says it all. A sentence has it after a colon. */
  readonly text: string;
  /** The step that it is about, if it is about one. */
  readonly stepId?: string;
}

const DAMAGE_LENGTH = 200;

/**
 * Returns what a run says besides its status, the most urgent first: why it cannot be used, what it
 * waits for, what has failed, that no process works on it, or what it performs. Without a view,
 * only what its row says. `questions`: what it waits for; a caller that can read its child runs
 * adds theirs. `steps`: the steps of the
 * view; a caller that has them spares reading them.
 */
export function sayingsOfRun(
  run: RunFacts,
  view: RunView | undefined,
  questions: readonly OpenQuestion[] = view === undefined ? [] : openQuestions(view),
  steps: () => readonly StepInfo[] = () => view?.steps() ?? [],
): readonly Saying[] {
  if (run.damage !== undefined)
    return [say("fail", "damaged", cutLine(cleanLine(run.damage), DAMAGE_LENGTH))];
  const hasEnded = run.status !== "running" && run.status !== "paused";
  return [
    ...(hasEnded ? [] : questions.map(askedBy)),
    ...failureOf(run, view, steps),
    ...(runWord(run) === "orphaned" ? [say("wait", "no process works on it", "")] : []),
    ...heldBy(view),
    ...stopOf(view),
    ...(view === undefined ? [] : restOf(run, view)),
  ];
}

/**
 * Returns what a run says in a list, which has room for one saying: the most urgent, or how many
 * answers it waits for. Undefined if its status says it all.
 */
export function sayingOfRow(
  run: RunFacts,
  view: RunView | undefined,
  questions: readonly OpenQuestion[] = view === undefined ? [] : openQuestions(view),
): Saying | undefined {
  const [first] = sayingsOfRun(run, view, questions);
  if (questions.length < 2 || !first?.head.startsWith("waits for ")) return first;
  const paths = questions.map(({ path, stepId }) => path ?? stepId);
  return say(first.tone, `waits for ${questions.length} answers`, namesOf(paths));
}

/** A saying as a sentence: `waits for design: Approve the design?`. */
export function sayingText({ head, text }: Pick<Saying, "head" | "text">): string {
  return text === "" ? head : `${head}: ${text}`;
}

function say(tone: Tone, head: string, text: string, stepId?: string): Saying {
  return { tone, head, text, ...(stepId !== undefined && { stepId }) };
}

function askedBy(question: OpenQuestion): Saying {
  const { kind, path, stepId } = question;
  const tone = kind === "unknown" ? "unknown" : "wait";
  return say(tone, `waits for ${cleanLine(path ?? stepId)}`, questionText(question), stepId);
}

function failureOf(
  run: RunFacts,
  view: RunView | undefined,
  steps: () => readonly StepInfo[],
): Saying[] {
  if (view === undefined) return failureOfRow(run);
  if (view.status === "completed") return [];
  const failed = failedStep(steps());
  if (failed !== undefined)
    return [
      say("fail", `${cleanLine(failed.id)} failed`, shortError(failed.error ?? ""), failed.id),
    ];
  const { error, status } = view;
  if (error === undefined) return [];
  return [say(status === "failed" ? "fail" : "idle", status, shortError(error))];
}

/** How the error of a run begins if a step failed. */
const STEP_FAILED = /^step `([^`]*)` failed: /;

function failureOfRow({ error, status }: RunFacts): Saying[] {
  if (error === undefined) return [];
  const tone = status === "failed" ? "fail" : "idle";
  const [begin = "", stepId] = STEP_FAILED.exec(error) ?? [];
  return stepId === undefined
    ? [say(tone, status, shortError(error))]
    : [say(tone, `${cleanLine(stepId)} failed`, shortError(error.slice(begin.length)), stepId)];
}

function heldBy(view: RunView | undefined): Saying[] {
  if (view === undefined) return [];
  const isHeld = view.pausedFor === "budget" || heldByBudget(view) !== undefined;
  const budget = isHeld ? view.budget() : undefined;
  return budget === undefined ? [] : [say("wait", "budget", heldText(budget))];
}

function stopOf(view: RunView | undefined): Saying[] {
  const stop = view?.stopped;
  return stop === undefined ? [] : [say("idle", "stopped", stopText(stop), stop.stepId)];
}

function restOf(run: RunFacts, view: RunView): Saying[] {
  if (view.status === "completed") {
    const note = toleratedNote(view.metrics());
    return note === "" ? [] : [say("wait", note, "")];
  }
  if (view.status !== "running" || !isOwned(run)) return [];
  const busy = view.activeSteps().flatMap(({ id, status }) => (status === "running" ? [id] : []));
  return busy.length === 0 ? [] : [say("run", "performs", namesOf(busy))];
}
