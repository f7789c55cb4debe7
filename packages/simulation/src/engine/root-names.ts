import type { SimulatedWorkflow } from "./workflows.js";

/** What `inputs`, `context` and `workflow` stand for in a run of this workflow. */
export function rootNames({
  prepared,
  inputs,
  context,
}: Pick<SimulatedWorkflow, "prepared" | "inputs" | "context">) {
  const { id, name, version, inputs: declared, context: written } = prepared.definition;
  const defaults = Object.entries(declared).flatMap(([input, { default: value }]) =>
    value === undefined ? [] : [[input, value] as const],
  );
  return {
    inputs: { ...Object.fromEntries(defaults), ...inputs },
    context: { ...written, ...context },
    workflow: { id, name, version },
  };
}
