import type { OutcomeAnswer, RunCommand, StepAnswer } from "../backend/run-command.js";
import { invalidArgument } from "../checks/check-options.js";
import { writeExactJson } from "../write-exact-json.js";

/**
 * Returns a command with a copy of its values as the journal stores them. The process that owns the
 * run may be another one, so they are checked before it is known who performs the command.
 *
 * @throws WorkflowError `invalid_argument` if a value is not exactly JSON
 */
export function exactCommand(command: RunCommand): RunCommand {
  switch (command.verb) {
    case "answer":
      return { ...command, answer: exactAnswer(command.answer) };
    case "signal":
      return command.data === undefined
        ? command
        : { ...command, data: asJson("data", command.data) };
    case "edit":
      return { ...command, result: asJson("result", command.result ?? null) };
    case "amend":
      return command.inputs === undefined
        ? command
        : { ...command, inputs: asJson("inputs", command.inputs) as Record<string, unknown> };
    default:
      return command;
  }
}

/** Whether a command goes back to steps that had an outcome. A failed run accepts it too. */
export function goesBack({ verb }: RunCommand): boolean {
  return verb === "edit" || verb === "reopen" || verb === "amend";
}

/** Whether an answer settles an unknown outcome; every other one answers a gate. */
export function isOutcome(answer: StepAnswer): answer is OutcomeAnswer {
  return "done" in answer && (answer.done as unknown) !== undefined;
}

function exactAnswer(answer: StepAnswer): StepAnswer {
  if (isOutcome(answer))
    return answer.result === undefined
      ? answer
      : { ...answer, result: asJson("result", answer.result) };
  const { values, edits } = answer;
  return {
    ...answer,
    ...(values !== undefined && { values: asJson("values", values) as Record<string, unknown> }),
    ...(edits !== undefined && { edits: asJson("edits", edits) }),
  };
}

function asJson(name: string, value: unknown): unknown {
  const written = writeExactJson(value, { root: name });
  if (written.ok) return JSON.parse(written.text);
  throw invalidArgument(`\`${name}\` cannot be stored: ${written.problem}.`, written.remedy);
}
