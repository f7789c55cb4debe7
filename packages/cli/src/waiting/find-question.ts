import type { OpenQuestion, StoragePort } from "@automatosx/workflow/observe";
import type { RunView } from "@automatosx/workflow/run-view";
import { findStep } from "../find-step.js";
import { next, type RunCondition } from "../next/actions.js";
import { shortId } from "../render/short-id.js";
import { isWithin } from "../step-path.js";
import { UsageError } from "../UsageError.js";
import { questionLine } from "./question-line.js";
import { questionsOf } from "./questions-of.js";

interface Wanted {
  readonly runId: string;
  readonly condition: RunCondition;
  /** What the user typed: a path, or a part of it. */
  readonly word: string;
  readonly kinds: readonly OpenQuestion["kind"][];
  /** The refusal for a step that is not open: `cannot be approved`. */
  readonly refusal: string;
}

const WAITS_FOR: Readonly<Record<OpenQuestion["kind"], string>> = {
  gate: "is a gate, which is approved or rejected",
  signal: "waits for a signal, which is sent to the run",
  unknown: "is unknown: say whether it took effect",
};

/**
 * Finds the open step that the user typed. A part of a path is enough if only one open step has it,
 * even if settled steps have it too, such as those of an earlier round.
 *
 * @throws UsageError if no open step has the part, or several have it
 */
export function findQuestion(view: RunView, wanted: Wanted, storage?: StoragePort): OpenQuestion {
  const { runId, word, kinds, condition, refusal } = wanted;
  const all = questionsOf(view, storage);
  const questions = all.filter(({ kind }) => kinds.includes(kind));
  const list = next("list_gates", condition === "paused" ? "waiting" : "answered", {
    run: shortId(runId),
  });
  const steps = questions.map(({ stepId }) => ({ id: stepId }));
  const has = (part: string): boolean => steps.some(({ id }) => id.includes(part));
  if (word !== "" && has(word)) {
    const found = findStep(steps, word, { runId, next: list });
    const question = questions.find(({ stepId }) => stepId === found.id);
    if (question !== undefined) return question;
  }
  const step = findStep(view.steps(), word, { runId, next: list });
  const inside = questions.filter(({ stepId }) => isWithin(stepId, step.id));
  const [only] = inside;
  if (only !== undefined && inside.length === 1) return only;
  const other = all.find(({ stepId }) => stepId === step.id);
  if (other !== undefined)
    throw new UsageError(`Step \`${step.id}\` of run ${shortId(runId)} ${WAITS_FOR[other.kind]}.`, {
      code: "gate_not_open",
      next: questionLine(shortId(runId), other),
    });
  throw new UsageError(
    `Step \`${step.id}\` of run ${shortId(runId)} ${refusal}: it is ${step.status}.`,
    {
      code: "gate_not_open",
      remedy:
        questions.length === 0
          ? "The run does not wait for an answer of this kind."
          : `Steps that can be answered: ${questions.map(({ stepId }) => stepId).join(", ")}.`,
      next: list,
    },
  );
}
