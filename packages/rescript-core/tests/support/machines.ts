import {
  buildDependencyGraph,
  Context,
  type Handlers,
  Machine,
  type StepDef,
  type WorkflowEvent,
  type WorkflowMachine,
} from "../../src/index.js";

/** A step with defaults for the fields that a test does not set. */
export function step(id: string, fields: Partial<StepDef> = {}): StepDef {
  return {
    id,
    name: id,
    agentId: "agent",
    task: `do ${id}`,
    dependencies: [],
    parallel: true,
    retries: 0,
    continueOnError: false,
    ...fields,
  };
}

/** The machine after an event. Throws if the event is refused. */
export function move(machine: WorkflowMachine, event: WorkflowEvent, at = 0): WorkflowMachine {
  const outcome = Machine.transition(machine, event, at);
  if (!outcome.ok)
    throw new Error(`${outcome.event} was refused in ${outcome.state}: ${outcome.reason}`);
  return outcome.machine;
}

export function moveAll(
  machine: WorkflowMachine,
  events: readonly WorkflowEvent[],
): WorkflowMachine {
  return events.reduce((before, event) => move(before, event), machine);
}

export function graphBuilt(steps: readonly StepDef[]): WorkflowEvent {
  const built = buildDependencyGraph(steps.map(({ id, dependencies }) => ({ id, dependencies })));
  if (!built.ok) throw new Error("the steps have no graph");
  return { type: "graph_built", ...built.graph };
}

export const initiate: WorkflowEvent = {
  type: "initiate_workflow",
  workflowId: "flow",
  definition: "…",
  format: "yaml",
  context: {},
};

/** The events that bring a new machine to `scheduling_steps`. */
export function preparing(
  steps: StepDef[],
  policy = {},
  outputs?: Readonly<Record<string, string>>,
  handlers?: Handlers,
): WorkflowEvent[] {
  return [
    initiate,
    {
      type: "workflow_parsed",
      steps,
      policy,
      ...(outputs !== undefined && { outputs }),
      ...(handlers !== undefined && { handlers }),
    },
    { type: "workflow_valid" },
    graphBuilt(steps),
  ];
}

export const start = (...stepIds: string[]): WorkflowEvent => ({
  type: "execute_step_batch",
  stepIds,
});

export const complete = (stepId: string, attemptNumber = 1): WorkflowEvent => ({
  type: "step_completed",
  stepId,
  attemptNumber,
  result: stepId,
});

export const fail = (stepId: string, attemptNumber = 1): WorkflowEvent => ({
  type: "step_failed",
  stepId,
  attemptNumber,
  error: "broken",
  reason: "error",
  chance: 0.5,
});

export const restore = (...completedSteps: string[]): WorkflowEvent => ({
  type: "restore_checkpoint",
  checkpointData: { checkpointId: "checkpoint", completedSteps, pendingSteps: [], stepResults: {} },
});

export const statusOf = (machine: WorkflowMachine, stepId: string) =>
  Context.step(Machine.context(machine), stepId)?.status;

/** The event that brings this definition to a run. */
export function definitionOf(
  steps: readonly StepDef[],
  policy = {},
  handlers?: Handlers,
): WorkflowEvent {
  const { type: _, ...graph } = graphBuilt(steps) as Extract<
    WorkflowEvent,
    { type: "graph_built" }
  >;
  return {
    type: "definition_changed",
    definitionHash: "amended",
    steps: [...steps],
    ...graph,
    policy,
    ...(handlers !== undefined && { handlers }),
    recipe: 1,
  };
}
