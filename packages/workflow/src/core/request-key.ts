import { RunQueries, type WorkflowMachine } from "./workflow-state-machine.js";

type Keys = { requestKey?(machine: WorkflowMachine, stepId: string): string | undefined };

/** Returns the key of what a step is asked; undefined if it is not known. */
export function requestKey(machine: WorkflowMachine, stepId: string): string | undefined {
  return (RunQueries as Keys).requestKey?.(machine, stepId);
}
