import { FIRST_STEP_KEYS, hasFirstForms } from "@automatosx/schemas/written";
import { entriesOf, ownValue } from "../steps/own-value.js";
import type { StepTree } from "../steps/step-tree.js";
import type { ParsedPlace } from "./parse-places.js";

const FIRST_INPUT_KEYS: ReadonlySet<string> = new Set([
  "default",
  "description",
  "required",
  "type",
]);

/**
 * Returns whether a workflow uses nothing beyond the language of 0.1.0. In such a
 * workflow, an issue with the type of a value is a warning, so that a file that is valid in 0.1.0
 * stays valid.
 */
export function usesOnlyReferences(
  workflow: unknown,
  { groups, root }: StepTree,
  places: readonly ParsedPlace[],
): boolean {
  if (groups.length > 1 || root.isListed || hasNewKeys(workflow)) return false;
  const hasNewInputs = entriesOf(ownValue(workflow, "inputs")).some(([, input]) =>
    entriesOf(input).some(([key]) => !FIRST_INPUT_KEYS.has(key) && !key.startsWith("x-")),
  );
  return (
    !hasNewInputs &&
    root.steps.every(({ written }) => isFirstStep(written)) &&
    places.every(isReferences)
  );
}

/** Whether the workflow has top-level keys that version 0.1.0 does not have. */
function hasNewKeys(workflow: unknown): boolean {
  const [defaults, limits] = [ownValue(workflow, "defaults"), ownValue(workflow, "limits")];
  return (
    ["outputs", "budget", "on"].some((key) => ownValue(workflow, key) !== undefined) ||
    !hasFirstForms(Object.fromEntries(entriesOf(defaults))) ||
    ["reasks", "effect"].some((key) => ownValue(defaults, key) !== undefined) ||
    ownValue(limits, "fanOut") !== undefined ||
    entriesOf(ownValue(limits, "agents")).some(([, limit]) =>
      entriesOf(limit).some(([key]) => key !== "concurrency" && !key.startsWith("x-")),
    )
  );
}

function isFirstStep(written: unknown): boolean {
  const entries = entriesOf(written);
  return (
    entries.every(([key]) => FIRST_STEP_KEYS.has(key) || key.startsWith("x-")) &&
    hasFirstForms(Object.fromEntries(entries))
  );
}

/** Whether each expression of a text is a reference as in 0.1.0. */
function isReferences({ expressions }: ParsedPlace): boolean {
  return expressions.every(({ references: [reference] }) => {
    if (reference?.isWhole !== true) return false;
    const { root, path } = reference;
    if (root === "steps") return typeof path[0] === "string" && path[1] === "output";
    return (root === "inputs" || root === "context") && typeof path[0] === "string";
  });
}
