import {
  buildDependencyGraph,
  Machine,
  type StepDef,
  type WorkflowEvent,
  type WorkflowMachine,
} from "@automatosx/rescript-core";
import { bareTransactionMs } from "../floor.ts";
import { atLeast, atMost, BUSY, type Row, shorten } from "../row.ts";
import { median, timed } from "../statistics.ts";
import { finish, openEngine } from "../workflows.ts";

const ROUNDS = 7;
const ITEMS = 10_000;

/** A step that gives a list, a fan-out over it, and a step that waits for that. */
function fanOut(width: number) {
  return {
    id: `items-${width}`,
    limits: { fanOut: ITEMS },
    steps: [
      { id: "list", agentId: "list", task: String(width) },
      {
        id: "work",
        agentId: "none",
        dependencies: ["list"],
        foreach: "steps.list.output",
        task: "work",
      },
      { id: "last", agentId: "none", dependencies: ["work"], task: "work" },
    ],
  };
}

/**
 * Measures the machine alone: the time to start or complete an item, in µs, in a fan-out of 10,000
 * items, and how many times longer that takes than for as many steps of the definition.
 */
export function dynamicRows(): Row[] {
  const dynamic = opened();
  const still = scheduled(
    Array.from({ length: ITEMS }, (_, index) => ({ ...LEAF, id: `s${index}`, name: `s${index}` })),
  );
  const items = (index: number): string => `work[${index}]`;
  const steps = (index: number): string => `s${index}`;
  for (let round = 0; round < 3; round += 1) {
    runAll(dynamic, items);
    runAll(still, steps);
  }
  const [ofItems, ofSteps]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    ofItems.push(runAll(dynamic, items));
    ofSteps.push(runAll(still, steps));
  }
  const [item, step] = [median(ofItems), median(ofSteps)];
  return [
    atMost("transition-item", item, 1.5, {
      unit: " µs",
      slack: BUSY,
      note: `${shorten(step)} µs for a step of the definition`,
      reason: "Looking up the path, and counting what is left inside the fan-out.",
    }),
    atMost("transition-item-ratio", item / step, 2.5, {
      unit: "×",
      reason: "Looking up the path, and counting what is left inside the fan-out.",
    }),
  ];
}

/** Measures runs of a fan-out, in steps per second, and their growth. */
export async function itemRows(folder: string): Promise<Row[]> {
  await using engine = await openEngine(folder, "items", "full", {
    none: () => Promise.resolve(null),
    list: ({ task }) => Promise.resolve(Array.from({ length: Number(task) }, (_, key) => key)),
  });
  await finish(engine, fanOut(1000) as never);
  await finish(engine, fanOut(ITEMS) as never);
  const [bare, small, large]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    bare.push(bareTransactionMs(folder, "full", 200));
    small.push(await timed(() => finish(engine, fanOut(1000) as never)));
    large.push(await timed(() => finish(engine, fanOut(ITEMS) as never)));
  }
  const ms = median(large);
  return [
    atLeast("items-10000", (ITEMS + 2) / (ms / 1000), 20_000, {
      unit: " steps/s",
      slack: BUSY,
      note: `a bare transaction ${shorten(median(bare))} ms`,
      reason: "As for a fan-out in the definition, and making the items.",
    }),
    atMost("items-growth", ms / median(small), 12, {
      unit: "×",
      reason: "The larger run collects more garbage.",
    }),
  ];
}

const LEAF: StepDef = {
  id: "",
  name: "",
  agentId: "none",
  task: "work",
  dependencies: [],
  parallel: true,
  retries: 0,
  continueOnError: false,
};

function moved(machine: WorkflowMachine, event: WorkflowEvent): WorkflowMachine {
  const outcome = Machine.transition(machine, event, 0);
  if (!outcome.ok) throw new Error(`${outcome.event} was refused: ${outcome.reason}`);
  return outcome.machine;
}

function scheduled(steps: StepDef[]): WorkflowMachine {
  const built = buildDependencyGraph(steps.map(({ id, dependencies }) => ({ id, dependencies })));
  if (!built.ok) throw new Error("the steps have no graph");
  const events: WorkflowEvent[] = [
    { type: "initiate_workflow", workflowId: "w", definition: "", format: "yaml", context: {} },
    { type: "workflow_parsed", steps, policy: { fanOut: ITEMS } },
    { type: "workflow_valid" },
    { type: "graph_built", ...built.graph },
    { type: "steps_scheduled" },
  ];
  return events.reduce(moved, Machine.make(0));
}

/** A machine whose fan-out has begun all its items. */
function opened(): WorkflowMachine {
  const list = Array.from({ length: ITEMS }, (_, index) => index);
  const machine = scheduled([
    { ...LEAF, id: "list", name: "list" },
    {
      ...LEAF,
      id: "work",
      name: "work",
      dependencies: ["list"],
      foreach: { in: "steps.list.output", as: "item" },
    },
  ]);
  const started = moved(machine, { type: "execute_step_batch", stepIds: ["list"] });
  const result = { type: "step_completed", stepId: "list", attemptNumber: 1 } as const;
  return moved(started, { ...result, result: list });
}

// In µs per start or completion, in the thread's own time. All start in one event, as in a run
// without a limit.
function runAll(start: WorkflowMachine, pathOf: (index: number) => string): number {
  const paths = Array.from({ length: ITEMS }, (_, index) => pathOf(index));
  const before = process.threadCpuUsage();
  let machine = moved(start, { type: "execute_step_batch", stepIds: paths });
  for (const stepId of paths)
    machine = moved(machine, { type: "step_completed", stepId, attemptNumber: 1, result: null });
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / (2 * ITEMS);
}
