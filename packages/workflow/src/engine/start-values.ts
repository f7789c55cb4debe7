import type { StartOptions } from "../backend/ExecutionBackend.js";
import { checkOutsideReferences } from "../definition/outside-references.js";
import type { PreparedWorkflow } from "../definition/PreparedWorkflow.js";
import { resolveInputs } from "../definition/resolve-inputs.js";
import type { RunStart } from "../drive/RunStart.js";
import { copyAsJson } from "./validate-options.js";

/**
 * Returns the inputs and the context of a new run, with defaults filled in.
 *
 * @throws WorkflowError `invalid_input`
 */
export function valuesOf(
  { definition, references }: PreparedWorkflow,
  options: StartOptions,
): Pick<RunStart, "inputs" | "context"> {
  const given = options.inputs === undefined ? {} : copyAsJson(options.inputs, "inputs");
  const inputs = copyAsJson(resolveInputs(definition.inputs, given), "inputs");
  const added = options.context === undefined ? {} : copyAsJson(options.context, "context");
  const context = copyAsJson({ ...definition.context, ...added }, "context");
  checkOutsideReferences(references, { inputs, context });
  return { inputs, context };
}
