import { checkOutsideReferences, type OutsideReference } from "../definition/outside-references.js";
import type { PreparedWorkflow } from "../definition/PreparedWorkflow.js";
import { resolveInputs } from "../definition/resolve-inputs.js";
import { amendedContext, inheritedInputs } from "../drive/definition-change.js";
import type { PresentValues } from "../journal/present-values.js";
import { copyAsJson } from "./validate-options.js";

type Values = Readonly<Record<string, unknown>>;

/**
 * Returns all inputs of a run under another definition: those that it has, overridden by those that
 * are given.
 *
 * @throws WorkflowError `invalid_input`
 */
export function inputsFor(
  {
    definition: next,
    references,
  }: {
    readonly definition: PreparedWorkflow["definition"];
    readonly references: readonly OutsideReference[];
  },
  { definition: present, inputs: own, context: ownContext }: Omit<PresentValues, "definitionHash">,
  given: Values | undefined,
): Values {
  const added = given === undefined ? {} : copyAsJson(given, "inputs");
  const inherited = inheritedInputs(own, present.inputs, next.inputs);
  const inputs = copyAsJson(resolveInputs(next.inputs, { ...inherited, ...added }), "inputs");
  const context = amendedContext(ownContext, present.context, next.context);
  checkOutsideReferences(references, { inputs, context });
  return inputs;
}
