import {
  buildDependencyGraph,
  Machine,
  type RunPolicy,
  type StepDef,
  type UsageAmounts,
  type WorkflowEvent,
  type WorkflowMachine,
} from "@automatosx/rescript-core";
import { atMost, BUSY, type Row } from "../row.ts";
import { median } from "../statistics.ts";
import { chain, type Step } from "../workflows.ts";

const ROUNDS = 7;
const STEPS_A_ROUND = 20_000;

/** Limits that no run of these rows comes near. */
const BUDGET: RunPolicy = {
  budget: { usd: 1e6, tokens: 1e12, launches: 100_000, wallMs: 1e12 },
  agentLimits: { none: { reserve: { usd: 0.1 } } },
};
const USAGE = { usd: 0.05, tokens: 1200 };

/**
 * Measures the machine alone: the time per event, in µs, over a whole run of a chain, with and
 * without a budget, and over the items of a fan-out that begins one item at a time.
 */
export function transitionRows(): Row[] {
  const small = scheduled(1000);
  const large = scheduled(10_000);
  for (let round = 0; round < 3; round += 1) runChains(large, 10_000);
  const priced = withSteps(chain(10_000).steps.map(defined), BUDGET);
  for (let round = 0; round < 3; round += 1) runChains(priced, 10_000, USAGE);
  const listed = withItems(10_000);
  for (let round = 0; round < 3; round += 1) runItems(listed, 10_000);
  const [ofSmall, ofLarge, ofItems]: [number[], number[], number[]] = [[], [], []];
  const ofPriced: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    ofSmall.push(runChains(small, 1000));
    ofLarge.push(runChains(large, 10_000));
    ofItems.push(runItems(listed, 10_000));
    ofPriced.push(runChains(priced, 10_000, USAGE));
  }
  return [
    atMost("transition", median(ofLarge), 1.5, {
      unit: " µs",
      slack: BUSY,
      reason: "Copying the changed paths of persistent maps and vectors.",
    }),
    atMost("transition-growth", median(ofLarge) / median(ofSmall), 2, {
      unit: "×",
      reason: "Deeper persistent vectors, and more memory than fits the processor's caches.",
    }),
    atMost("budget-transition", median(ofPriced), 1.5, {
      unit: " µs",
      slack: BUSY,
      reason: "Holding back what each launch may use, settling it, and copying the budget twice.",
    }),
    atMost("budget-transition-ratio", median(ofPriced) / median(ofLarge), 2.5, {
      unit: "×",
      reason: "Holding back what each launch may use, settling it, and copying the budget twice.",
    }),
    atMost("item-transition", median(ofItems), 1.5, {
      unit: " µs",
      slack: BUSY,
      reason: "Making the next item, reading the path of this one, and the count of open items.",
    }),
    atMost("item-transition-ratio", median(ofItems) / median(ofLarge), 2.5, {
      unit: "×",
      reason: "Making the next item, reading the path of this one, and the count of open items.",
    }),
  ];
}

function moved(machine: WorkflowMachine, event: WorkflowEvent): WorkflowMachine {
  const outcome = Machine.transition(machine, event, 0);
  if (!outcome.ok) throw new Error(`${outcome.event} was refused: ${outcome.reason}`);
  return outcome.machine;
}

function scheduled(length: number): WorkflowMachine {
  return withSteps(chain(length).steps.map(defined));
}

/** A machine whose step `build` has begun the first of its items. */
function withItems(length: number): WorkflowMachine {
  const [list, each] = chain(2).steps.map(defined);
  if (list === undefined || each === undefined) throw new Error("the chain is too short");
  const foreach = { in: `steps.${list.id}.output`, as: "item", concurrency: 1 };
  const machine = withSteps([list, { ...each, id: "build", foreach }], { fanOut: length });
  const started = moved(machine, { type: "execute_step_batch", stepIds: [list.id] });
  const result = Array.from({ length }, (_, index) => index);
  return moved(started, { type: "step_completed", stepId: list.id, attemptNumber: 1, result });
}

const defined = (step: Step): StepDef => ({
  ...step,
  name: step.id,
  dependencies: [...step.dependencies],
  parallel: true,
  retries: 0,
  continueOnError: false,
});

function withSteps(steps: StepDef[], policy?: RunPolicy): WorkflowMachine {
  const built = buildDependencyGraph(steps.map(({ id, dependencies }) => ({ id, dependencies })));
  if (!built.ok) throw new Error("the chain has no graph");
  const events: WorkflowEvent[] = [
    { type: "initiate_workflow", workflowId: "w", definition: "", format: "yaml", context: {} },
    { type: "workflow_parsed", steps, ...(policy && { policy }) },
    { type: "workflow_valid" },
    { type: "graph_built", ...built.graph },
    { type: "steps_scheduled" },
  ];
  return events.reduce(moved, Machine.make(0));
}

// In µs per event. Every length runs the same number of events, because some kernels count a
// thread's time in ticks of 4 ms or more.
function runChains(start: WorkflowMachine, length: number, usage?: UsageAmounts): number {
  // Uses the thread's own time. The thread never waits, so the rest of the time belongs to other
  // programs.
  const before = process.threadCpuUsage();
  for (let done = 0; done < STEPS_A_ROUND; done += length) runChain(start, length, usage);
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / (2 * STEPS_A_ROUND);
}

function runChain(start: WorkflowMachine, length: number, usage?: UsageAmounts): void {
  let machine = start;
  for (let index = 0; index < length; index += 1) {
    const stepId = `s${index}`;
    machine = moved(machine, { type: "execute_step_batch", stepIds: [stepId] });
    machine = moved(machine, {
      type: "step_completed",
      stepId,
      attemptNumber: 1,
      result: index,
      ...(usage && { usage }),
    });
  }
}

function runItems(start: WorkflowMachine, length: number): number {
  const before = process.threadCpuUsage();
  let machine = start;
  for (let index = 0; index < length; index += 1) {
    const stepId = `build[${index}]`;
    machine = moved(machine, { type: "execute_step_batch", stepIds: [stepId] });
    machine = moved(machine, { type: "step_completed", stepId, attemptNumber: 1, result: index });
  }
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / (2 * length);
}
