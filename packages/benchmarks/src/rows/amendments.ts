import {
  buildDependencyGraph,
  Machine,
  RunQueries,
  type StepDef,
  type WorkflowEvent,
  type WorkflowMachine,
} from "@automatosx/rescript-core";
import { atMost, BUSY, type Row } from "../row.ts";
import { median } from "../statistics.ts";

const ROUNDS = 5;
const STEPS = 10_000;
const RESULT = "x".repeat(1000);

/**
 * Measures the step back alone, in the thread's own time: another definition for a run whose 10,000
 * steps are completed with results of 1 KB, and the preview of it.
 */
export function amendmentRows(): Row[] {
  const steps = Array.from({ length: STEPS }, (_, index) => stepOf(index));
  const machine = completed(steps);
  const amended = definition(
    steps.map((def, index) => (index === STEPS / 2 ? { ...def, task: "another task" } : def)),
  );
  const amend = () => Machine.transition(machine, amended, STEPS);
  const preview = () => RunQueries.preview(machine, amended, STEPS);
  return [
    atMost("amend", milliseconds(amend), 1000, {
      unit: " ms",
      slack: BUSY,
      reason: "A digest of each result and of each part of a request, by plain arithmetic.",
    }),
    atMost("amend-preview", milliseconds(preview), 1200, {
      unit: " ms",
      slack: BUSY,
      reason: "The amendment itself, and a comparison of all steps.",
    }),
  ];
}

const stepOf = (index: number): StepDef => ({
  id: `step-${index}`,
  name: `Step ${index}`,
  agentId: "agent",
  task: `task ${index}`,
  dependencies: index === 0 ? [] : [`step-${index - 1}`],
  parallel: true,
  retries: 0,
  continueOnError: false,
});

function graphOf(steps: readonly StepDef[]) {
  const built = buildDependencyGraph(steps.map(({ id, dependencies }) => ({ id, dependencies })));
  if (!built.ok) throw new Error("the steps have no graph");
  return built.graph;
}

function definition(steps: StepDef[]): WorkflowEvent {
  return {
    type: "definition_changed",
    definitionHash: "amended",
    steps,
    ...graphOf(steps),
    policy: {},
    recipe: 1,
  };
}

function completed(steps: StepDef[]): WorkflowMachine {
  const prepared: WorkflowEvent[] = [
    { type: "initiate_workflow", workflowId: "w", definition: "", format: "yaml", context: {} },
    { type: "workflow_parsed", steps },
    { type: "workflow_valid" },
    { type: "graph_built", ...graphOf(steps) },
    { type: "steps_scheduled" },
  ];
  let machine = prepared.reduce(accept, Machine.make(0));
  for (const { id: stepId } of steps) {
    machine = accept(machine, { type: "execute_step_batch", stepIds: [stepId] });
    const result = `${stepId} ${RESULT}`;
    machine = accept(machine, { type: "step_completed", stepId, attemptNumber: 1, result });
  }
  return machine;
}

function accept(machine: WorkflowMachine, event: WorkflowEvent): WorkflowMachine {
  const outcome = Machine.transition(machine, event, 1);
  if (!outcome.ok) throw new Error(`${event.type} was refused: ${outcome.reason}`);
  return outcome.machine;
}

/** The median time of a call. */
function milliseconds(work: () => void): number {
  const measured: number[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const before = process.threadCpuUsage();
    work();
    const { user, system } = process.threadCpuUsage(before);
    measured.push((user + system) / 1000);
  }
  // The first round compiles.
  return median(measured.slice(1));
}
