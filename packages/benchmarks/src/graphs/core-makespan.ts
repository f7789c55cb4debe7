import {
  buildDependencyGraph,
  type Effect,
  Machine,
  type RunPolicy,
  type StepDef,
  type WorkflowEvent,
  type WorkflowMachine,
} from "@automatosx/rescript-core";
import type { RealGraph } from "./real-graphs.ts";

export interface Schedule {
  /** How many tasks may run at once; unlimited when omitted. */
  readonly slots?: number;
  /** Whether the core receives the runtimes as estimates. */
  readonly hasEstimates?: boolean;
}

interface RunningTask {
  readonly endsAt: number;
  readonly stepId: string;
  readonly attemptNumber: number;
}

/** Runs the graph on the pure core with simulated time, and returns its makespan in ms. */
export function coreMakespan(
  graph: RealGraph,
  { slots, hasEstimates = false }: Schedule = {},
): number {
  const steps = graph.ms.map((ms, index) => ({
    ...stepOf(index, graph.deps[index] ?? []),
    ...(hasEstimates && { estimate: ms }),
  }));
  const outcome = buildDependencyGraph(steps.map(({ id, dependencies }) => ({ id, dependencies })));
  if (!outcome.ok) throw new Error(`${graph.name} is not a graph that can run.`);
  const policy: RunPolicy = slots === undefined ? {} : { concurrency: slots };
  const running: RunningTask[] = [];
  let now = 0;
  let machine: WorkflowMachine = Machine.make(0);
  const tell = (event: WorkflowEvent): void => {
    const answer = Machine.transition(machine, event, now);
    if (!answer.ok) throw new Error(`${graph.name}: ${event.type} was refused: ${answer.reason}.`);
    machine = answer.machine;
    for (const effect of answer.effects) perform(effect);
  };
  const perform = (effect: Effect): void => {
    if (effect.type === "tell") tell(effect.event);
    if (effect.type !== "run_step") return;
    const { stepId, attemptNumber } = effect;
    const endsAt = now + (graph.ms[Number(stepId.slice(1))] ?? 0);
    running.push({ endsAt, stepId, attemptNumber });
  };
  tell({ type: "initiate_workflow", workflowId: "w", definition: "", format: "json", context: {} });
  tell({ type: "workflow_parsed", steps, policy });
  tell({ type: "workflow_valid" });
  tell({ type: "graph_built", ...outcome.graph });
  tell({ type: "steps_scheduled" });
  while (running.length > 0) {
    const next = running.reduce((first, each) => (each.endsAt < first.endsAt ? each : first));
    running.splice(running.indexOf(next), 1);
    now = next.endsAt;
    const { stepId, attemptNumber } = next;
    tell({ type: "step_completed", stepId, attemptNumber, result: null });
  }
  return now;
}

function stepOf(index: number, dependencies: readonly number[]): StepDef {
  const id = `t${index}`;
  return {
    id,
    name: id,
    agentId: "none",
    task: "work",
    dependencies: dependencies.map((each) => `t${each}`),
    parallel: true,
    retries: 0,
    continueOnError: false,
  };
}
