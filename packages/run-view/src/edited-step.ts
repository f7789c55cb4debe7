import { RunQueries, type StepInfo, type WorkflowMachine } from "@automatosx/rescript-core";

/**
 * Returns the step whose result the answer to a gate may replace: the step that the gate names, in
 * its own block or in one around it. Undefined if the gate names none.
 */
export function editedStep(machine: WorkflowMachine, gateId: string): StepInfo | undefined {
  const named = RunQueries.step(machine, gateId)?.gate?.editable;
  const id = named?.replace(/^steps\.|\.output$/g, "");
  if (id === undefined) return undefined;
  for (let block = blockOf(gateId); ; block = blockOf(block.slice(0, -1))) {
    const step = RunQueries.step(machine, `${block}${id}`);
    if (step !== undefined || block === "") return step;
  }
}

/** The beginning of the paths in the block that contains a path: up to and with its last dot. */
function blockOf(path: string): string {
  let depth = 0;
  for (let at = path.length - 1; at >= 0; at -= 1) {
    const character = path[at];
    if (character === "]") depth += 1;
    else if (character === "[") depth -= 1;
    else if (character === "." && depth === 0) return path.slice(0, at + 1);
  }
  return "";
}
