import { invisibleCharacterIn } from "@automatosx/schemas/visible-text";
import { describeValue } from "../checks/describe-value.js";
import { WorkflowError } from "../errors.js";

const LONGEST_NAME = 200;

/** Throws `invalid_argument` if the name is not a valid checkpoint name. */
export function checkCheckpointName(name: unknown): asserts name is string | undefined {
  if (name === undefined) return;
  if (
    typeof name === "string" &&
    name.trim() !== "" &&
    name.length <= LONGEST_NAME &&
    name.isWellFormed() &&
    invisibleCharacterIn(name) === undefined
  )
    return;
  const invisible = typeof name === "string" ? invisibleCharacterIn(name) : undefined;
  const why = invisible === undefined ? "" : `: it contains ${invisible}`;
  throw new WorkflowError(
    "invalid_argument",
    `${describeValue(name)} is not a valid checkpoint name${why}.`,
    {
      remedy: `Use a string of 1 to ${LONGEST_NAME} visible characters, or omit the name.`,
    },
  );
}
