import type { RunView } from "@automatosx/workflow/run-view";
import { count, editableStep, failedStep } from "@automatosx/workflow/run-view";
import type { Saying } from "../../api/common.schema.js";
import type { Gate } from "../../api/gate.schema.js";
import type { Reading } from "../Reading.js";
import { askedStep } from "./asked-step.js";
import { budgetForm } from "./budget-question.js";
import { consequencesOf } from "./consequences.js";
import { earlierRun } from "./earlier-run.js";
import { findQuestion } from "./find-question.js";
import { gateRow } from "./gate-row.js";
import type { Question } from "./Question.js";

/** The largest value that an answer of the API contains, in characters of its JSON text. */
const MAX_SHOWN = 1_000_000;

/** Returns a question with what a person needs in order to answer it. */
export function readGate(reading: Reading, id: string): Gate {
  const found = findQuestion(reading, id);
  const { run, view, question, others, answer } = found;
  const holdsRun = answer === null && run.status === "paused" && others.length === 0;
  const about = {
    now: reading.now(),
    gate: gateRow({ run, view, question, holdsRun, answer }, reading.options.control),
    meanwhile: answer === null ? meanwhileOf(view, others) : [],
  };
  if (question.kind === "budget")
    return {
      ...about,
      to: [],
      shownBytes: 0,
      previous: null,
      form: budgetForm(question.budget),
      revision: 0,
      consequences: [...consequencesOf({ ...NOTHING_KNOWN, view, question })],
    };
  const step = view.step(question.stepId);
  const askedBy = step?.gate === undefined ? undefined : askedStep(view, question.stepId);
  const earlier = earlierRun(reading.storage, run, question.stepId);
  const text = question.show === undefined ? "" : JSON.stringify(question.show);
  const editable = editableStep(view, question);
  const { form, signal, error, to = [], attemptNumber: revision } = question;
  return {
    ...about,
    to: [...to],
    shownBytes: Buffer.byteLength(text),
    ...(text !== "" && text.length <= MAX_SHOWN && { shown: question.show }),
    ...(askedBy !== undefined && { askedBy }),
    previous: earlier.shown ?? null,
    ...(form !== undefined && { form }),
    ...(signal !== undefined && { signal }),
    ...(error !== undefined && { error }),
    ...(editable !== undefined && {
      editable: { step: editable.id, value: editable.result ?? null },
    }),
    revision,
    consequences:
      answer === null
        ? [
            ...consequencesOf({
              ...{ view, question, askedBy, costs: earlier.costs },
              editable: editable?.id,
            }),
          ]
        : [],
  };
}

const NOTHING_KNOWN = { askedBy: undefined, editable: undefined, costs: new Map() } as const;

/** What else the run does, and what its other answers cannot change. */
function meanwhileOf(view: RunView, others: readonly Question[]): Saying[] {
  const { running } = view.counts();
  const failed = failedStep(view.steps());
  const sayings: Saying[] = [
    running === 0
      ? { tone: "idle", text: "No step is running." }
      : { tone: "run", text: `${count(running, "step")} ${running === 1 ? "is" : "are"} running.` },
  ];
  if (others.length > 0)
    sayings.push({
      tone: "wait",
      text: `The run waits for ${count(others.length, "other answer")} too.`,
    });
  if (failed !== undefined) sayings.push({ tone: "fail", text: failedText(view, failed.id) });
  return sayings;
}

function failedText(view: RunView, stepId: string): string {
  const isFatal = view.step(stepId)?.continueOnError === false;
  return isFatal
    ? `${stepId} failed, so the run fails, however this is answered.`
    : `${stepId} failed; the run continues without it.`;
}
