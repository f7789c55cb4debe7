/**
 * Measures the cost of a transition: chains of several lengths run from their first step to their
 * last in one process, so that the ratios mean something on any machine. It needs a built package:
 * `node scripts/measure-transition.ts`.
 */
import {
  buildDependencyGraph,
  Machine,
  type StepDef,
  type WorkflowEvent,
  type WorkflowMachine,
} from "@automatosx/rescript-core";

const lengths = [100, 1_000, 10_000];
const eventsPerLength = 200_000;

function chain(length: number): StepDef[] {
  return Array.from({ length }, (_, index) => ({
    id: `step-${index}`,
    name: `step-${index}`,
    agentId: "agent",
    task: "work",
    dependencies: index === 0 ? [] : [`step-${index - 1}`],
    parallel: true,
    retries: 0,
    continueOnError: false,
  }));
}

function moved(machine: WorkflowMachine, event: WorkflowEvent, at: number): WorkflowMachine {
  const outcome = Machine.transition(machine, event, at);
  if (!outcome.ok)
    throw new Error(`${outcome.event} was refused in ${outcome.state}: ${outcome.reason}`);
  return outcome.machine;
}

function scheduled(steps: StepDef[]): WorkflowMachine {
  const built = buildDependencyGraph(steps.map(({ id, dependencies }) => ({ id, dependencies })));
  if (!built.ok) throw new Error("The chain has no graph.");
  const events: WorkflowEvent[] = [
    { type: "initiate_workflow", workflowId: "w", definition: "", format: "yaml", context: {} },
    { type: "workflow_parsed", steps },
    { type: "workflow_valid" },
    { type: "graph_built", ...built.graph },
    { type: "steps_scheduled" },
  ];
  return events.reduce((machine, event) => moved(machine, event, 0), Machine.make(0));
}

/** Microseconds per event, over a whole run of the chain. */
function runChain(start: WorkflowMachine, length: number): number {
  const began = performance.now();
  let machine = start;
  for (let index = 0; index < length; index += 1) {
    const stepId = `step-${index}`;
    machine = moved(machine, { type: "execute_step_batch", stepIds: [stepId] }, index);
    machine = moved(
      machine,
      { type: "step_completed", stepId, attemptNumber: 1, result: index },
      index,
    );
  }
  return ((performance.now() - began) * 1000) / (2 * length);
}

const nameOf = (length: number): string => `${String(length).padStart(6)} steps`;

const median = (values: number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const started = lengths.map((length) => ({ length, machine: scheduled(chain(length)) }));
for (const { length, machine } of started) runChain(machine, length);
const costs = started.map(({ length, machine }) => ({
  length,
  microseconds: median(
    Array.from({ length: Math.max(5, eventsPerLength / (2 * length)) }, () =>
      runChain(machine, length),
    ),
  ),
}));
const base = costs.find(({ length }) => length === 1_000)?.microseconds ?? Number.NaN;
for (const { length, microseconds } of costs) {
  const ratio = (microseconds / base).toFixed(2);
  console.log(`${nameOf(length)}  ${microseconds.toFixed(2)} µs per event  ${ratio}x`);
}

for (const length of [10_000, 100_000]) {
  const steps = chain(length);
  const began = performance.now();
  scheduled(steps);
  const elapsedMs = (performance.now() - began).toFixed(0);
  console.log(`${nameOf(length)}  ${elapsedMs} ms to build and set the graph`);
}
