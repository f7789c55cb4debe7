import {
  Machine,
  RunQueries,
  type WorkflowEvent,
  type WorkflowMachine,
} from "@automatosx/rescript-core";

type DefinitionChange = Extract<WorkflowEvent, { readonly type: "definition_changed" }>;

/**
 * Returns the machine of the same run as if it had begun with another definition: it has its graph
 * but has not started any step. Snapshots that were taken after the change can be loaded into it.
 */
export function preparedWith(machine: WorkflowMachine, change: DefinitionChange): WorkflowMachine {
  const { startTime } = RunQueries.metrics(machine);
  const workflow = RunQueries.workflow(machine);
  const { steps, policy, outputs, handlers, nodes, edges, executionOrder } = change;
  const { name, version } = change;
  const inputs = change.inputs ?? workflow?.inputs;
  const events: readonly WorkflowEvent[] = [
    {
      type: "initiate_workflow",
      workflowId: workflow?.workflowId ?? "",
      definition: workflow?.definition ?? "",
      format: workflow?.format ?? "yaml",
      context: change.context ?? workflow?.context ?? {},
      ...(inputs !== undefined && { inputs }),
      ...(workflow?.runId !== undefined && { runId: workflow.runId }),
      ...(name !== undefined && { name }),
      ...(version !== undefined && { version }),
    },
    {
      ...{ type: "workflow_parsed", steps, policy },
      ...(outputs !== undefined && { outputs }),
      ...(handlers !== undefined && { handlers }),
    },
    { type: "workflow_valid" },
    { type: "graph_built", nodes, edges, executionOrder },
  ];
  return events.reduce((before, event) => {
    const outcome = Machine.transition(before, event, startTime);
    if (!outcome.ok) throw new Error(`The machine refused ${event.type}: ${outcome.reason}.`);
    return outcome.machine;
  }, Machine.make(startTime));
}
