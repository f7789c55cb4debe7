import type * as core from "@automatosx/rescript-core";
import type { StepDef, WorkflowEvent, WorkflowMachine } from "@automatosx/rescript-core";
import { BUDGET, WORKFLOWS } from "./workflows.ts";

export type Core = typeof core;

/** Every event that is tried on a machine, with payloads that are accepted and some that are not. */
export function candidates(core: Core, machine: WorkflowMachine): WorkflowEvent[] {
  const graphs = WORKFLOWS.map(({ steps }) => graphOf(core, steps));
  const batches = [[], ["a"], ["b"], ["c"], ["e"], ["a", "c"], ["x"], ["ghost"]];
  return [
    { type: "initiate_workflow", workflowId: "flow", definition: "", format: "yaml", context: {} },
    { type: "parse_workflow" },
    ...[...WORKFLOWS, { steps: [] }].map(
      (workflow): WorkflowEvent => ({ type: "workflow_parsed", ...workflow }),
    ),
    { type: "parse_failed", error: "broken" },
    { type: "validate_workflow" },
    { type: "workflow_valid" },
    { type: "workflow_invalid", reason: "broken" },
    { type: "build_graph" },
    ...graphs.map((graph): WorkflowEvent => ({ type: "graph_built", ...graph })),
    { type: "graph_built", nodes: [], edges: [], executionOrder: [] },
    { type: "graph_invalid", reason: "broken" },
    { type: "schedule_steps", schedule: [] },
    { type: "steps_scheduled" },
    ...batches.map((stepIds): WorkflowEvent => ({ type: "execute_step_batch", stepIds })),
    ...outcomes(core, machine),
    ...waits(),
    ...changes(core, machine),
    { type: "batch_completed" },
    { type: "all_steps_completed" },
    { type: "create_checkpoint" },
    { type: "create_checkpoint", name: "after-c" },
    { type: "checkpoint_created", checkpointId: "checkpoint" },
    ...restores(),
    { type: "checkpoint_restored" },
    { type: "aggregate_results" },
    { type: "results_aggregated", results: {} },
    { type: "complete_workflow", results: {} },
    { type: "workflow_failed", error: "broken" },
    { type: "pause_workflow" },
    { type: "resume_workflow" },
    { type: "cancel_workflow" },
    { type: "reset" },
  ];
}

const REASONS = ["error", "interrupted", "invalid"] as const;

function outcomes(core: Core, machine: WorkflowMachine): WorkflowEvent[] {
  return attemptsOf(core, machine).flatMap((attempt): WorkflowEvent[] => [
    { type: "step_completed", ...attempt, result: null },
    { type: "step_answered", ...attempt, result: null },
    ...[{}, { n: "none" }, { done: true }, { done: false }].map(
      (values): WorkflowEvent => ({ type: "gate_answered", ...attempt, approved: true, values }),
    ),
    ...REASONS.map(
      (reason): WorkflowEvent => ({
        type: "step_failed",
        ...attempt,
        error: "broken",
        reason,
        chance: 0.5,
      }),
    ),
  ]);
}

interface Attempt {
  readonly stepId: string;
  readonly attemptNumber: number;
}

/** The latest attempt of each step, an older one, and one of a step that does not exist. */
function attemptsOf(core: Core, machine: WorkflowMachine): Attempt[] {
  const context = core.Machine.context(machine);
  const ids = core.Context.steps(context).map(({ id }) => id);
  return [...ids, "ghost"].flatMap((stepId) => {
    const latest = core.Context.step(context, stepId)?.attemptNumber ?? 0;
    return [latest - 1, latest].map((attemptNumber) => ({ stepId, attemptNumber }));
  });
}

function waits(): WorkflowEvent[] {
  return [
    ...[{}, "no map"].map(
      (data): WorkflowEvent => ({ type: "signal_received", name: "go", data, signalId: "first" }),
    ),
    ...[["a"], ["b"], ["b", "c"], ["c"], ["d"], ["ghost"]].map(
      (stepIds): WorkflowEvent => ({ type: "steps_due", stepIds }),
    ),
    { type: "pause_workflow", reason: "waiting" },
    { type: "pause_workflow", reason: "budget" },
  ];
}

/** The version of the rules by which two requests are the same. */
const RECIPE = 1;

/** What changes a run that has begun: its budget, a result, or its definition. */
function changes(core: Core, machine: WorkflowMachine): WorkflowEvent[] {
  const numberOf = (stepId: string): number =>
    core.Context.step(core.Machine.context(machine), stepId)?.attemptNumber ?? 0;
  return [
    { type: "budget_changed", budget: BUDGET },
    ...["a", "ghost"].map(
      (stepId): WorkflowEvent => ({
        type: "result_edited",
        stepId,
        attemptNumber: numberOf(stepId),
        result: "edited",
        recipe: RECIPE,
      }),
    ),
    ...["a", "ghost"].map(
      (stepId): WorkflowEvent => ({
        type: "steps_reopened",
        stepIds: [stepId],
        downstream: true,
        recipe: RECIPE,
      }),
    ),
    ...definitions(core, machine),
  ];
}

// The last definition again, and without its last step. Only for runs that began with it: a run of
// the others that changed to it would multiply the kinds of runs and show nothing new.
function definitions(core: Core, machine: WorkflowMachine): WorkflowEvent[] {
  const { steps = [], policy = {} } = WORKFLOWS.at(-1) ?? {};
  const current = core.Context.steps(core.Machine.context(machine));
  if (!current.every(({ id }) => id.startsWith("a") || id === "x")) return [];
  return [steps, steps.slice(0, -1)].map((changed, index) => ({
    type: "definition_changed",
    definitionHash: `definition-${index}`,
    steps: changed,
    ...graphOf(core, changed),
    policy,
    recipe: RECIPE,
  }));
}

function restores(): WorkflowEvent[] {
  return [[], ["a"], ["ghost"]].map((completedSteps) => ({
    type: "restore_checkpoint",
    checkpointData: {
      checkpointId: "checkpoint",
      completedSteps,
      pendingSteps: [],
      stepResults: {},
    },
  }));
}

function graphOf(core: Core, steps: readonly StepDef[]) {
  const built = core.buildDependencyGraph(
    steps.map(({ id, dependencies }) => ({ id, dependencies })),
  );
  return built.ok ? built.graph : { nodes: [], edges: [], executionOrder: [] };
}
