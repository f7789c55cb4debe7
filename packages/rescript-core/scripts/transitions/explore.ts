import type * as core from "@automatosx/rescript-core";
import type {
  Effect,
  Refusal,
  StepDef,
  WorkflowEvent,
  WorkflowMachine,
  WorkflowState,
} from "@automatosx/rescript-core";

export type Core = typeof core;

/**
 * What one event does in one state: every state it leads to, every effect, every reason for a
 * refusal.
 */
export interface Cell {
  readonly state: WorkflowState;
  readonly event: WorkflowEvent["type"];
  readonly leadsTo: Set<WorkflowState>;
  readonly effects: Set<Effect["type"]>;
  readonly tells: Set<WorkflowEvent["type"]>;
  readonly refusals: Set<Refusal>;
}

const step = (id: string, fields: Partial<StepDef>): StepDef => ({
  id,
  name: id,
  agentId: "agent",
  task: id,
  dependencies: [],
  parallel: true,
  retries: 0,
  continueOnError: false,
  ...fields,
});

const ask = {
  ask: "Go?",
  form: { type: "object", properties: { n: { type: "integer" } } },
  onExpire: "reject",
  onReject: "fail",
} as const;

// Small, with a retry, a dependency, a serial lane, gates, a signal and a sleep, so that every
// reason for a refusal can occur.
const WORKFLOWS: readonly StepDef[][] = [
  [
    step("a", { parallel: false, retries: 1 }),
    step("b", { dependencies: ["a"] }),
    step("c", { parallel: false, continueOnError: true, checkpoint: "after-c" }),
  ],
  [
    step("a", { agentId: "@gate", gate: ask }),
    step("b", { agentId: "@gate", gate: { ...ask, expiresMs: 1000 } }),
    step("c", { agentId: "@wait", wait: { forMs: 1000 } }),
    step("d", {
      agentId: "@wait",
      wait: { signal: "go", form: { type: "object" }, timeoutMs: 1_000_000, onTimeout: "skip" },
    }),
    step("e", { dependencies: ["a"] }),
  ],
];

// Longer than any delay between attempts, so that a waiting step is due at the next event.
const PATIENCE_MS = 120_000;

function outcomes(core: Core, machine: WorkflowMachine): WorkflowEvent[] {
  const context = core.Machine.context(machine);
  const ids = core.Context.steps(context).map(({ id }) => id);
  const attempts = [...ids, "ghost"].flatMap((stepId) => {
    const latest = core.Context.step(context, stepId)?.attemptNumber ?? 0;
    return [latest - 1, latest].map((attemptNumber) => ({ stepId, attemptNumber }));
  });
  const reasons = ["error", "interrupted", "invalid"] as const;
  return attempts.flatMap((attempt): WorkflowEvent[] => [
    { type: "step_completed", ...attempt, result: null },
    ...[{}, { n: "none" }].map(
      (values): WorkflowEvent => ({ type: "gate_answered", ...attempt, approved: true, values }),
    ),
    ...reasons.map(
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

function waits(): WorkflowEvent[] {
  return [
    ...[{}, "no map"].map(
      (data): WorkflowEvent => ({ type: "signal_received", name: "go", data, signalId: "first" }),
    ),
    ...[["a"], ["b"], ["b", "c"], ["c"], ["d"], ["ghost"]].map(
      (stepIds): WorkflowEvent => ({ type: "steps_due", stepIds }),
    ),
    { type: "pause_workflow", reason: "waiting" },
  ];
}

function candidates(core: Core, machine: WorkflowMachine): WorkflowEvent[] {
  const graphs = WORKFLOWS.map((steps) => graphOf(core, steps));
  const batches = [[], ["a"], ["b"], ["c"], ["e"], ["a", "c"], ["ghost"]];
  return [
    { type: "initiate_workflow", workflowId: "flow", definition: "", format: "yaml", context: {} },
    { type: "parse_workflow" },
    ...[...WORKFLOWS, []].map((steps): WorkflowEvent => ({ type: "workflow_parsed", steps })),
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

// Two machines of one kind give the same answer to every event, at any time and after any number of
// attempts.
function kindOf(core: Core, machine: WorkflowMachine): string {
  const { state, cameFrom, steps, wantedCheckpoints, results, signals } = core.Machine.snapshot(
    machine,
    undefined,
  );
  const standing = steps.map(({ id, status, failureCount }) => `${id}${status}${failureCount}`);
  const rest = [wantedCheckpoints, results !== undefined, signals];
  return JSON.stringify([state, cameFrom, standing, ...rest]);
}

/** Walks to every kind of machine that events can reach, and records what each event does there. */
export function explore(core: Core): Map<string, Cell> {
  const cells = new Map<string, Cell>();
  const first = core.Machine.make(0);
  const seen = new Set([kindOf(core, first)]);
  const work = [first];
  for (let machine = work.pop(); machine !== undefined; machine = work.pop()) {
    const at = core.Context.now(core.Machine.context(machine)) + PATIENCE_MS;
    for (const event of candidates(core, machine)) {
      const state = core.Machine.state(machine);
      const outcome = core.Machine.transition(machine, event, at);
      const cell = cellOf(cells, state, event.type);
      if (!outcome.ok) {
        cell.refusals.add(outcome.reason);
        continue;
      }
      note(core, cell, outcome.machine, outcome.effects);
      const kind = kindOf(core, outcome.machine);
      if (!seen.has(kind)) {
        seen.add(kind);
        work.push(outcome.machine);
      }
    }
  }
  return cells;
}

function note(core: Core, cell: Cell, machine: WorkflowMachine, effects: readonly Effect[]): void {
  cell.leadsTo.add(core.Machine.state(machine));
  for (const effect of effects) {
    if (effect.type === "tell") cell.tells.add(effect.event.type);
    else cell.effects.add(effect.type);
  }
}

function cellOf(
  cells: Map<string, Cell>,
  state: WorkflowState,
  event: WorkflowEvent["type"],
): Cell {
  const key = `${state} ${event}`;
  const known = cells.get(key);
  if (known !== undefined) return known;
  const cell: Cell = {
    state,
    event,
    leadsTo: new Set(),
    effects: new Set(),
    tells: new Set(),
    refusals: new Set(),
  };
  cells.set(key, cell);
  return cell;
}
