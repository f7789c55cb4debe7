import type { WorkflowEngine } from "@automatosx/workflow";
import type { Action } from "./Case.js";

type StepAnswer = Parameters<WorkflowEngine["answer"]>[2];

/**
 * Converts the answer of a case to the form that the engine accepts. The answer to an unknown step
 * is `done`, with a result; the answer to a gate is `approved`, with the values of its form.
 */
export function stepAnswer(
  { attempt, approved, values, note, by, edits }: NonNullable<Action["answer"]>,
  status: string | undefined,
): StepAnswer {
  const about = {
    ...(note !== undefined && { note }),
    ...(by !== undefined && { by }),
    ...(attempt !== undefined && { attemptNumber: attempt }),
  };
  if (status !== "unknown")
    return {
      ...(approved !== undefined && { approved }),
      ...(values !== undefined && { values }),
      ...(edits !== undefined && { edits }),
      ...about,
    };
  const { done, ...rest } = values ?? {};
  return { done: done as boolean, ...rest, ...about };
}
