import type { StoredRun } from "@automatosx/workflow/observe";
import type { RunView } from "@automatosx/workflow/run-view";
import type { GivenAnswer } from "../../api/common.schema.js";
import { type GateName, readGateId } from "../../api/gate-id.js";
import type { Reading } from "../Reading.js";
import { RefusedRequest } from "../RefusedRequest.js";
import { questionsOf } from "./asking-runs.js";
import { answeredQuestions } from "./given-answers.js";
import type { Question } from "./Question.js";

/** A question that was found by its id. */
export interface FoundQuestion {
  readonly run: StoredRun;
  /** The run as it is while the question is open: before the answer if it has one. */
  readonly view: RunView;
  readonly question: Question;
  /** What else the run waits for. */
  readonly others: readonly Question[];
  readonly answer: GivenAnswer | null;
}

/**
 * Finds a question, open or answered.
 *
 * @throws RefusedRequest 404 `gate_not_found`; WorkflowError `journal_damaged`
 */
export function findQuestion(reading: Reading, id: string): FoundQuestion {
  const name = readGateId(id);
  const run = name === undefined ? undefined : reading.storage.getRun(name.runId);
  if (name === undefined || run === undefined) throw notFound(id);
  const { view } = reading.readers.latest(run.runId);
  const questions = questionsOf(run, view);
  const question = questions.find((each) => isNamed(each, name));
  if (question !== undefined) {
    const others = questions.filter((each) => each !== question);
    return { run, view, question, others, answer: null };
  }
  let last: FoundQuestion | undefined;
  for (const answered of answeredQuestions(reading, run)) {
    if (!isNamed(answered.question, name)) continue;
    const { question: asked, answer, view: before } = answered;
    last = { run, view: before.copy(), question: asked, others: [], answer };
  }
  if (last !== undefined) return last;
  throw notFound(id, statusOf(view, name));
}

function isNamed(question: Question, { step, attempt }: GateName): boolean {
  if (question.kind === "budget") return step === undefined;
  return question.stepId === step && question.attemptNumber === attempt;
}

function statusOf(view: RunView, { step, attempt }: GateName): string | undefined {
  const found = step === undefined ? undefined : view.step(step);
  if (found === undefined) return undefined;
  return found.attemptNumber > attempt
    ? `It asks again, as attempt ${found.attemptNumber}.`
    : `Its step is ${found.status}.`;
}

function notFound(id: string, why?: string): RefusedRequest {
  return new RefusedRequest(404, {
    code: "gate_not_found",
    message: `No run asks the question ${id}.${why === undefined ? "" : ` ${why}`}`,
    remedy: "List the open questions.",
  });
}
