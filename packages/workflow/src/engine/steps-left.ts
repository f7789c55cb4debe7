import {
  type CheckpointData,
  RunQueries,
  State,
  type WorkflowMachine,
} from "../core/workflow-state-machine.js";

/**
 * Returns the ids of the steps that a run may still perform when it is resumed or, with
 * `checkpoint`, when it goes back to that checkpoint. The other steps have a result, or a failure
 * that `continueOnError` allows. A run that is completed or cancelled performs no step.
 */
export function stepsLeft(
  machine: WorkflowMachine,
  checkpoint?: CheckpointData,
): ReadonlySet<string> {
  const state = RunQueries.state(machine);
  if (State.isTerminal(state) && state !== "failed") return new Set();
  const { completedSteps, toleratedFailures = {} } =
    checkpoint ?? RunQueries.checkpointData(machine, "");
  const done = new Set([...completedSteps, ...Object.keys(toleratedFailures)]);
  // A checkpoint names what agents have done; a group, fan-out or loop follows from that.
  const left = RunQueries.steps(machine).filter(
    ({ id, kind, status }) =>
      !done.has(id) && (kind === undefined || checkpoint !== undefined || status !== "completed"),
  );
  return new Set(left.map(({ id }) => id));
}
