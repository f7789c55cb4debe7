import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import {
  buildDependencyGraph,
  type Effect,
  Machine,
  type RunPolicy,
  type StepDef,
  type WorkflowEvent,
  type WorkflowMachine,
} from "@automatosx/rescript-core";
import { bestListMakespan } from "./list-schedules.ts";
import { atMost, type Row, shorten } from "./row.ts";

const SLOTS = [1, 2, 4, 16];

/** A workflow that someone ran: `deps[i]` are the tasks that task `i` waits for, `ms[i]` is how long it took. */
export interface RealGraph {
  readonly name: string;
  readonly n: number;
  readonly deps: readonly (readonly number[])[];
  readonly ms: readonly number[];
}

export function readRealGraphs(): RealGraph[] {
  const packed = readFileSync(new URL("../data/wfinstances.jsonl.gz", import.meta.url));
  const lines = gunzipSync(packed).toString("utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line) as RealGraph);
}

/** What the graph asks for whatever the schedule: the longest way through it, and all of it one after the other. */
function boundsOf({ deps, ms }: RealGraph): { criticalPathMs: number; workMs: number } {
  const finish: (number | undefined)[] = ms.map(() => undefined);
  // A stack of its own: real graphs may be deeper than the call stack, and need not be in order.
  for (let root = 0; root < ms.length; root += 1) {
    const stack = [root];
    for (let index = stack.at(-1); index !== undefined; index = stack.at(-1)) {
      const waitingFor = (deps[index] ?? []).filter(
        (dependency) => finish[dependency] === undefined,
      );
      if (waitingFor.length > 0) {
        stack.push(...waitingFor);
        continue;
      }
      finish[index] =
        Math.max(0, ...(deps[index] ?? []).map((dependency) => finish[dependency] ?? 0)) +
        (ms[index] ?? 0);
      stack.pop();
    }
  }
  return {
    criticalPathMs: Math.max(0, ...finish.map((at) => at ?? 0)),
    workMs: ms.reduce((sum, each) => sum + each, 0),
  };
}

/** Runs the graph on the pure core, with time that costs nothing; the answer is its makespan. `knows`: are the runtimes its estimates? */
function makespanOf(graph: RealGraph, slots?: number, knows = false): number {
  const steps = graph.ms.map((ms, index) => ({
    ...stepOf(index, graph.deps[index] ?? []),
    ...(knows && { estimate: ms }),
  }));
  const outcome = buildDependencyGraph(steps.map(({ id, dependencies }) => ({ id, dependencies })));
  if (!outcome.ok) throw new Error(`${graph.name} is not a graph that can run`);
  const policy: RunPolicy = slots === undefined ? {} : { concurrency: slots };
  const due: Due[] = [];
  let now = 0;
  let machine: WorkflowMachine = Machine.make(0);
  const tell = (event: WorkflowEvent): void => {
    const answer = Machine.transition(machine, event, now);
    if (!answer.ok) throw new Error(`${graph.name}: ${event.type} was refused: ${answer.reason}`);
    machine = answer.machine;
    for (const effect of answer.effects) perform(effect);
  };
  const perform = (effect: Effect): void => {
    if (effect.type === "tell") tell(effect.event);
    if (effect.type !== "run_step") return;
    const { stepId, attemptNumber } = effect;
    due.push({ at: now + (graph.ms[Number(stepId.slice(1))] ?? 0), stepId, attemptNumber });
  };
  tell({ type: "initiate_workflow", workflowId: "w", definition: "", format: "json", context: {} });
  tell({ type: "workflow_parsed", steps, policy });
  tell({ type: "workflow_valid" });
  tell({ type: "graph_built", ...outcome.graph });
  tell({ type: "steps_scheduled" });
  while (due.length > 0) {
    const next = due.reduce((least, each) => (each.at < least.at ? each : least));
    due.splice(due.indexOf(next), 1);
    now = next.at;
    tell({
      type: "step_completed",
      stepId: next.stepId,
      attemptNumber: next.attemptNumber,
      result: null,
    });
  }
  return now;
}

interface Due {
  readonly at: number;
  readonly stepId: string;
  readonly attemptNumber: number;
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

/** Graphs whose schedule is longer than theory allows: by name and number of slots. */
export function brokenBounds(graphs: readonly RealGraph[]): string[] {
  return graphs.flatMap((graph) => {
    const { criticalPathMs, workMs } = boundsOf(graph);
    const unlimited = makespanOf(graph) === criticalPathMs ? [] : [`${graph.name}, unlimited`];
    const limited = SLOTS.filter(
      (slots) =>
        makespanOf(graph, slots) > workMs / slots + criticalPathMs * (1 - 1 / slots) + 1e-3,
    );
    return [...unlimited, ...limited.map((slots) => `${graph.name}, ${slots} slots`)];
  });
}

interface AgainstBest {
  readonly of: string;
  /** The core's makespan over that of the best list schedule that was found, with the runtimes as estimates. */
  readonly informed: number;
  /** The same without any. */
  readonly blind: number;
}

function againstBest(graphs: readonly RealGraph[]): AgainstBest[] {
  return graphs.flatMap((graph) =>
    SLOTS.map((slots) => {
      const best = bestListMakespan(graph, slots);
      const against = (knows: boolean): number => makespanOf(graph, slots, knows) / best;
      return {
        of: `${graph.name}, ${slots} slots`,
        informed: against(true),
        blind: against(false),
      };
    }),
  );
}

export function realGraphRows(): Row[] {
  const graphs = readRealGraphs();
  const broken = brokenBounds(graphs);
  const all = againstBest(graphs);
  const worst = (of: "informed" | "blind"): AgainstBest =>
    all.reduce((most, each) => (each[of] > most[of] ? each : most));
  const mean = (of: "informed" | "blind"): number =>
    all.reduce((sum, each) => sum + each[of], 0) / all.length;
  const within = (of: "informed" | "blind"): string =>
    `${all.filter((each) => each[of] <= 1.05).length} of ${all.length} within 1.05×`;
  return [
    {
      what: `${graphs.length} real graphs: critical path, and Graham's bound at 1, 2, 4, 16 slots`,
      bar: "all hold",
      measured: broken.length === 0 ? "all hold" : broken.join("; "),
      verdict: broken.length === 0 ? "pass" : "far",
      farness: broken.length === 0 ? 0 : Number.POSITIVE_INFINITY,
      isKnown: false,
      reason: "A schedule longer than theory allows is a mistake of the core.",
    },
    atMost(
      "the same with its runtimes as estimates, mean makespan against the best list schedule",
      mean("informed"),
      1.05,
      {
        unit: "×",
        note: `${within("informed")}; without estimates ${shorten(mean("blind"))}×, ${within("blind")}`,
        reason: "What has the longest way before it goes first, which is not always best.",
      },
    ),
    atMost(
      "the same with its runtimes as estimates, worst makespan against the best list schedule",
      worst("informed").informed,
      1.05,
      {
        unit: "×",
        note: `exactly ${worst("informed").informed.toFixed(3)}, ${worst("informed").of}; without estimates ${shorten(worst("blind").blind)}×, ${worst("blind").of}`,
        reason:
          "What has the longest way before it goes first, which is not always best: on one graph with four slots another order is shorter.",
        known: true,
      },
    ),
  ];
}
