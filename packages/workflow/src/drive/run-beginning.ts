import {
  Machine,
  RunQueries,
  type WorkflowEvent,
  type WorkflowMachine,
} from "../core/workflow-state-machine.js";
import { WorkflowError } from "../errors.js";
import { answerFromDefinition } from "./answer-from-definition.js";
import type { RunStart } from "./RunStart.js";

/** Returns the event with which a run begins. */
export function beginningOf(start: RunStart): WorkflowEvent {
  const { runId, definition, source, format, context, inputs } = start;
  const { id: workflowId, name, version } = definition;
  return {
    type: "initiate_workflow",
    workflowId,
    definition: source,
    format,
    context,
    inputs,
    runId,
    name,
    version,
  };
}

/**
 * The machine of a run that has its graph but has not started any step. Snapshots can be loaded
 * into it.
 */
export function preparedMachine(start: RunStart, at: number): WorkflowMachine {
  let machine = Machine.make(start.createdAt);
  let event: WorkflowEvent | undefined = beginningOf(start);
  while (event !== undefined && RunQueries.graph(machine) === undefined) {
    const outcome = Machine.transition(machine, event, at);
    if (!outcome.ok)
      throw new WorkflowError("internal", `The machine refused ${event.type}: ${outcome.reason}.`);
    machine = outcome.machine;
    const [effect] = outcome.effects;
    event = effect === undefined ? undefined : answerFromDefinition(start, effect);
  }
  return machine;
}
