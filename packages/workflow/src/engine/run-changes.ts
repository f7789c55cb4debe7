import type { WorkflowDefinition } from "@automatosx/schemas";
import type { AmendOptions, EditOptions, ReopenOptions } from "../backend/run-command.js";
import { RECIPE } from "../core/content-recipe.js";
import { omitUndefined } from "../core/omit-undefined.js";
import { RunQueries, type WorkflowMachine } from "../core/workflow-state-machine.js";
import { definitionChange } from "../drive/definition-change.js";
import { WorkflowError } from "../errors.js";
import type { StoredDefinition } from "../storage/StoragePort.js";
import { noSuchStep, shortName, shortNote, type Told } from "./run-answers.js";

/** A run that a command changes, as it is now. */
export interface ChangedRun {
  readonly runId: string;
  readonly machine: WorkflowMachine;
  readonly definition: WorkflowDefinition;
}

/** Returns the event that replaces the result of a completed step. */
export function toldEdit(
  { runId, machine }: Pick<ChangedRun, "runId" | "machine">,
  stepId: string,
  result: unknown,
  options: EditOptions,
): Told {
  const step = RunQueries.step(machine, stepId);
  const attemptNumber = options.attemptNumber ?? step?.attemptNumber ?? 0;
  const by = shortName(options.by);
  const note = shortNote(options.note);
  return {
    event: {
      ...{ type: "result_edited", stepId, attemptNumber, result, recipe: RECIPE },
      ...omitUndefined({ by, note }),
    },
    refused: (reason) => {
      switch (reason) {
        case "unknown_step":
          return noSuchStep(runId, stepId);
        case "older_attempt":
        case "step_not_completed":
          return step?.status === "completed" && step.attemptNumber !== attemptNumber
            ? otherAttempt(runId, stepId, step.attemptNumber, attemptNumber)
            : notCompleted(runId, stepId, step);
        case "invalid_answer": {
          const problem = RunQueries.resultProblem(machine, stepId, result);
          const why = problem === undefined ? "" : `: ${problem}`;
          return new WorkflowError(
            "invalid_answer",
            `The result for \`${stepId}\` of run ${runId} does not fit the step${why}.`,
            { runId, remedy: "Give a result that fits the `output` of the step, or its form." },
          );
        }
        default:
          return undefined;
      }
    },
  };
}

function otherAttempt(runId: string, stepId: string, has: number, named: number): WorkflowError {
  const message =
    `Step \`${stepId}\` of run ${runId} has the result of attempt ${has}, ` +
    `but the edit names attempt ${named}.`;
  return new WorkflowError("older_attempt", message, { runId });
}

function notCompleted(
  runId: string,
  stepId: string,
  step: ReturnType<typeof RunQueries.step>,
): WorkflowError {
  const about = `Step \`${stepId}\` of run ${runId}`;
  if (step?.kind !== undefined)
    return new WorkflowError(
      "step_not_completed",
      `${about} has steps inside; its result is built from theirs.`,
      { runId, remedy: "Replace the result of a step inside it." },
    );
  if (step?.stop !== undefined)
    return new WorkflowError("step_not_completed", `${about} is a stop, which has no result.`, {
      runId,
      remedy: "Replace the result of a step before it.",
    });
  return new WorkflowError(
    "step_not_completed",
    `${about} has no result that could be replaced: it is \`${step?.status ?? "pending"}\`.`,
    { runId },
  );
}

/** Returns the event that performs steps again. */
export function toldReopening(
  { runId, machine }: Pick<ChangedRun, "runId" | "machine">,
  stepIds: readonly string[],
  { downstream = false, by }: ReopenOptions,
): Told {
  return {
    event: {
      ...{ type: "steps_reopened", stepIds: [...stepIds], downstream, recipe: RECIPE },
      ...omitUndefined({ by: shortName(by) }),
    },
    refused: (reason) => {
      if (reason !== "unknown_step") return undefined;
      const unknown = stepIds.find((stepId) => RunQueries.step(machine, stepId) === undefined);
      return noSuchStep(runId, unknown ?? stepIds[0] ?? "");
    },
  };
}

/** Returns the event that gives a run another definition. */
export function toldAmendment(
  { machine, definition }: ChangedRun,
  stored: StoredDefinition,
  { inputs, by }: AmendOptions,
): Told {
  return {
    event: definitionChange(machine, definition, { stored, inputs, by: shortName(by) }),
    definition: stored,
    refused: () => undefined,
  };
}
