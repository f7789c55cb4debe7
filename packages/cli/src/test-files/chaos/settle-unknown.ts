import type { Action } from "../Case.js";
import { MissedMoment } from "../Stage.js";
import { stepIdOf } from "../step-id.js";
import type { LostAttempt } from "./job.js";
import type { Play } from "./Play.js";

/**
 * Answers the questions that a kill has left: whether an attempt that was lost took effect. The
 * case says it, or the record of what its scripted agents have answered. The run then continues, by
 * `resumption` if it is given. `index`: of the action after which the questions are open; one that
 * a later action answers is left to it.
 */
export async function settleUnknown(
  play: Play,
  index: number,
  resumption: Action = { resume: true },
): Promise<void> {
  const { job, stage, ledger, lost, problems, workflow } = play;
  for (const attempt of lost) {
    const { stepId } = attempt;
    const isAnswered = job.case.actions.slice(index).some(({ answer }) => answer?.step === stepId);
    if (isAnswered || stage.facts()?.status !== "paused") continue;
    if (stage.facts()?.steps.get(stepId)?.status !== "unknown") continue;
    const last = ledger.entries.findLast(
      (entry) => (entry.kind === "settled" || entry.kind === "lost") && entry.stepId === stepId,
    );
    if (last?.kind === "settled") continue;
    const values = outcomeOf(play, attempt);
    if (values === undefined) {
      problems.push(
        `the outcome of \`${stepId}\` is unknown: add \`unknown: { ${stepIdOf(stepId)}: { done: ` +
          "false } }` or its result to the case",
      );
      return;
    }
    ledger.add({ kind: "settled", stepId });
    await stage.perform({ answer: { step: stepId, values } }, workflow);
    try {
      await stage.perform({ ...resumption, run: undefined, resume: true }, workflow);
    } catch (error) {
      // The attempt took effect, so the step is not in flight again.
      if (!(error instanceof MissedMoment)) throw error;
    }
  }
}

type Values = NonNullable<NonNullable<Action["answer"]>["values"]>;

/** Returns the outcome of an attempt; undefined if neither the case nor the record has it. */
function outcomeOf({ job, ledger }: Play, attempt: LostAttempt): Values | undefined {
  const { stepId, attemptNumber } = attempt;
  const { unknown = {} } = job.case;
  for (const name of [stepId, stepIdOf(stepId)])
    if (Object.hasOwn(unknown, name)) return unknown[name];
  const isIt = (entry: { readonly stepId: string; readonly attemptNumber: number }): boolean =>
    entry.stepId === stepId && entry.attemptNumber === attemptNumber;
  const answer = ledger.of("answer").find(isIt);
  if (answer !== undefined) return { done: true, result: answer.result };
  // What an agent has not finished, it has not done. A program leaves no record.
  return attempt.agentId.startsWith("@") ? undefined : { done: false };
}
