import type { BudgetLimits, SentSignal, StepAnswer } from "../backend/run-command.js";
import { omitUndefined } from "../core/omit-undefined.js";
import {
  type Refusal,
  RunQueries,
  type WorkflowEvent,
  type WorkflowMachine,
} from "../core/workflow-state-machine.js";
import { WorkflowError } from "../errors.js";
import type { CollectedFiles } from "../run-directory/kept-files.js";
import type { StoredArtifact, StoredDefinition } from "../storage/StoragePort.js";
import { isOutcome } from "./exact-command.js";

/** Maximum length of a remark, in characters. A longer one is cut. */
const MAX_NOTE_CHARS = 4096;

/** Maximum length of the name of the person who answers, in characters. A longer one is cut. */
const MAX_NAME_CHARS = 1000;

/** An event from a user for a run, and the error of a refusal. */
export interface Told {
  readonly event: WorkflowEvent;
  /** The contents of the files that the event names. */
  readonly artifacts?: readonly StoredArtifact[];
  /** The definition that the event names. */
  readonly definition?: StoredDefinition;
  /** Returns the error for a refusal; undefined if the refusal is not about the event. */
  readonly refused: (reason: Refusal) => WorkflowError | undefined;
}

/**
 * Returns the event for the answer to a gate, or for the outcome of an unknown attempt with the
 * files that the attempt left.
 *
 * @throws WorkflowError `invalid_answer` if a declared file is missing, or if an outcome is given
 * to a gate
 */
export function toldAnswer(
  runId: string,
  machine: WorkflowMachine,
  stepId: string,
  answer: StepAnswer,
  collected?: CollectedFiles,
): Told {
  if (collected?.ok === false)
    throw new WorkflowError(
      "invalid_answer",
      `The answer to \`${stepId}\` of run ${runId} is not recorded: ${collected.error}.`,
      { runId, remedy: "Put the file there, or say that the attempt had no effect." },
    );
  // The machine would take the outcome of an attempt as an approval.
  if (isOutcome(answer) && RunQueries.question(machine, stepId)?.kind === "gate")
    throw new WorkflowError(
      "invalid_answer",
      `Step \`${stepId}\` of run ${runId} is a gate: \`done\` does not answer it.`,
      { runId, remedy: "Approve or reject it, with the values of its form." },
    );
  const step = RunQueries.step(machine, stepId);
  const attemptNumber = answer.attemptNumber ?? step?.attemptNumber ?? 0;
  const event = answerEvent(stepId, attemptNumber, answer);
  const { approved, values, note, edits } = event;
  return {
    event: { ...event, ...(collected !== undefined && { files: [...collected.files] }) },
    ...(collected !== undefined && { artifacts: collected.artifacts }),
    refused: (reason) => {
      switch (reason) {
        case "unknown_step":
          return noSuchStep(runId, stepId);
        case "older_attempt":
          return new WorkflowError(
            "older_attempt",
            `Step \`${stepId}\` of run ${runId} is open as attempt ${step?.attemptNumber ?? 0}, ` +
              `but the answer names attempt ${attemptNumber}.`,
            { runId },
          );
        case "invalid_answer": {
          const problem =
            RunQueries.answerProblem(machine, stepId, {
              ...{ approved, values },
              ...omitUndefined({ note }),
            }) ??
            (edits === undefined ? undefined : RunQueries.editProblem(machine, stepId, edits));
          const why = problem === undefined ? "" : `: ${problem}`;
          const message = `The answer to \`${stepId}\` of run ${runId} does not fit${why}.`;
          return new WorkflowError("invalid_answer", message, { runId });
        }
        case "step_not_completed":
          return new WorkflowError(
            "step_not_completed",
            `The answer to \`${stepId}\` of run ${runId} edits a result that its gate does not ` +
              "let people edit, or that the step does not have.",
            { runId, remedy: "Answer without the edit, or replace the result of the step itself." },
          );
        case "gate_not_open":
          return new WorkflowError(
            "gate_not_open",
            `Step \`${stepId}\` of run ${runId} does not wait for an answer: ` +
              `it is \`${step?.status ?? "pending"}\`.`,
            { runId },
          );
        default:
          return undefined;
      }
    },
  };
}

/** Returns the event for an answer, without files. */
export function answerEvent(
  stepId: string,
  attemptNumber: number,
  answer: StepAnswer,
): Extract<WorkflowEvent, { readonly type: "gate_answered" }> {
  const approved = isOutcome(answer) || answer.approved !== false;
  const note = shortNote(answer.note);
  const by = shortName(answer.by);
  const edits = isOutcome(answer) ? undefined : answer.edits;
  return {
    ...{ type: "gate_answered", stepId, attemptNumber, approved, values: valuesOf(answer) },
    ...omitUndefined({ by, note, edits }),
  };
}

/** Returns the event for a signal. */
export function toldSignal(
  runId: string,
  machine: WorkflowMachine,
  name: string,
  { data, signalId }: SentSignal,
): Told {
  const value = data ?? null;
  return {
    event: {
      ...{ type: "signal_received", name, data: value },
      ...omitUndefined({ signalId }),
    },
    refused: (reason) => {
      switch (reason) {
        case "duplicate_signal":
          return new WorkflowError(
            "duplicate_signal",
            `Run ${runId} has already received the signal with the id \`${signalId ?? ""}\`.`,
            { runId },
          );
        case "signals_full":
          return new WorkflowError(
            "signals_full",
            `Run ${runId} keeps as many signals as it can: the signal \`${name}\` is not recorded.`,
            { runId },
          );
        case "invalid_answer": {
          const problem = RunQueries.signalProblem(machine, {
            ...{ name, data: value },
            ...omitUndefined({ signalId }),
          });
          const why = problem === undefined ? "" : `: ${problem}`;
          const message = `The data of the signal \`${name}\` to run ${runId} does not fit${why}.`;
          return new WorkflowError("invalid_answer", message, { runId });
        }
        default:
          return undefined;
      }
    },
  };
}

/** Returns the event for new limits. */
export function toldBudget(budget: BudgetLimits, by?: string): Told {
  return {
    event: {
      type: "budget_changed",
      budget: omitUndefined(budget),
      ...omitUndefined({ by: shortName(by) }),
    },
    refused: () => undefined,
  };
}

function valuesOf(answer: StepAnswer): Record<string, unknown> {
  if (!isOutcome(answer)) return { ...answer.values };
  const { done, result } = answer;
  return done ? { done, result: result ?? null } : { done };
}

/** Returns the name of a person as it is recorded. */
export function shortName(by: string | undefined): string | undefined {
  return by?.slice(0, MAX_NAME_CHARS).toWellFormed();
}

/** Returns a remark as it is recorded. */
export function shortNote(note: string | undefined): string | undefined {
  return note?.slice(0, MAX_NOTE_CHARS).toWellFormed();
}

/** Returns the error for a path that no step of a run has. */
export function noSuchStep(runId: string, stepId: string): WorkflowError {
  return new WorkflowError("invalid_argument", `Run ${runId} has no step \`${stepId}\`.`, {
    runId,
    remedy: "Use the whole path of the step, as in the list of open questions.",
    suggestion: { action: "show_run", runId },
  });
}
