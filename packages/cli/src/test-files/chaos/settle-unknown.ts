import type { Action } from "../Case.js";
import { stepIdOf } from "../step-id.js";
import type { LostAttempt } from "./job.js";
import type { Play } from "./play-job.js";

/**
 * Answers the questions that a kill has left: whether an attempt that was lost took effect. The
 * case says it, or the record of what its scripted agents have answered. The run then continues.
 */
export async function settleUnknown(play: Play): Promise<void> {
  const { stage, ledger, lost, problems, workflow } = play;
  for (const attempt of lost) {
    const { stepId } = attempt;
    if (stage.facts()?.status !== "paused") return;
    if (stage.facts()?.steps.get(stepId)?.status !== "unknown") continue;
    if (ledger.entries.some((entry) => entry.kind === "settled" && entry.stepId === stepId))
      continue;
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
    await stage.perform({ resume: true }, workflow);
  }
}

type Values = NonNullable<NonNullable<Action["answer"]>["values"]>;

/** Returns what became of an attempt; undefined if neither the case nor the record says it. */
function outcomeOf({ job, ledger }: Play, attempt: LostAttempt): Values | undefined {
  const { stepId, attemptNumber } = attempt;
  const { unknown = {} } = job.case;
  for (const name of [stepId, stepIdOf(stepId)])
    if (Object.hasOwn(unknown, name)) return unknown[name] as Values;
  const isIt = (entry: { readonly stepId: string; readonly attemptNumber: number }): boolean =>
    entry.stepId === stepId && entry.attemptNumber === attemptNumber;
  const answer = ledger.of("answer").find(isIt);
  if (answer !== undefined) return { done: true, result: answer.result };
  // What an agent has not finished, it has not done. A program leaves no record.
  return attempt.agentId.startsWith("@") ? undefined : { done: false };
}
