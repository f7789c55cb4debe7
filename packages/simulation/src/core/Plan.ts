import {
  buildDependencyGraph,
  type DependencyGraph,
  type Handlers,
  type RunPolicy,
  type StepDef,
} from "@automatosx/rescript-core";
import type { SeededRandom } from "../SeededRandom.js";
import type { AgentFailure } from "./AgentFailure.js";
import { withRequests, withReview } from "./AskedPlan.js";
import { faultReasons, PLAIN_FAULTS } from "./Choice.js";
import { randomOutputs, randomTree, type TreeAgents, treeAgents } from "./TreePlan.js";
import { randomVariants, type Variant } from "./VariantPlan.js";
import { randomHandlers, randomMoney, randomWaits } from "./WaitingPlan.js";

/** How the shell of a world behaves. All of these habits are allowed. */
interface Habits {
  /** Events that the machine sends to itself are delivered later. */
  readonly deliversLate: boolean;
  /** A checkpoint is written some time after it is requested. */
  readonly writesLate: boolean;
  /** Several events may share one commit. */
  readonly commitsInGroups: boolean;
  /** A run is resumed from its newest checkpoint instead of its first event. */
  readonly usesCheckpoints: boolean;
}

/** A workflow, and everything about its world that is fixed before the first event. */
export interface Plan {
  readonly defs: readonly StepDef[];
  readonly policy: RunPolicy;
  readonly graph: DependencyGraph;
  readonly indexOf: ReadonlyMap<string, number>;
  readonly dependencies: readonly (readonly number[])[];
  readonly dependents: readonly (readonly number[])[];
  /**
   * How each step's agent fails, indexed by the number of failures counted so far. After the last
   * entry, the agent succeeds.
   */
  readonly scripts: readonly (readonly AgentFailure[])[];
  readonly habits: Habits;
  /** What the agent of a leaf answers when it succeeds, by the leaf's path. */
  readonly resultOf: (path: string, attemptNumber?: number) => unknown;
  /** The `outputs` of the workflow. */
  readonly outputs?: Readonly<Record<string, unknown>>;
  /** The steps that the run performs at its end. */
  readonly handlers?: Handlers;
  /** True if the end depends on what people say and on what comes first. */
  readonly isOpenEnded?: boolean;
  /** How many kinds of faults its attempts may have. */
  readonly faultCount?: number;
  /** What the run is given. */
  readonly inputs?: Readonly<Record<string, unknown>>;
  /** What the workflow may be amended to; the first is the workflow itself. */
  readonly variants?: readonly Variant[];
  /** True if each step fails with its first attempt that fails, and with it the run. */
  readonly isBrittle?: boolean;
  /** True if one of its steps stops the run. */
  readonly hasStop?: boolean;
  /** The agents of a workflow with inner steps, items or rounds, whose `scripts` are empty. */
  readonly tree?: TreeAgents;
}

/** The answer of a plain step's agent when it succeeds. */
const plainResultOf = (stepId: string): string => `result of ${stepId}`;

/** The plan for these steps. Their dependencies must be in the list and must not form a cycle. */
export function makePlan(
  defs: readonly StepDef[],
  rest: Pick<
    Plan,
    | "policy"
    | "scripts"
    | "habits"
    | "tree"
    | "outputs"
    | "handlers"
    | "isOpenEnded"
    | "hasStop"
    | "isBrittle"
    | "faultCount"
    | "variants"
    | "inputs"
  >,
): Plan {
  const built = buildDependencyGraph(defs.map(({ id, dependencies }) => ({ id, dependencies })));
  if (!built.ok)
    throw new Error(`The steps do not form a valid graph: ${JSON.stringify(built.problems)}`);
  const indexOf = new Map(defs.map(({ id }, index) => [id, index]));
  const dependencies = defs.map((def) => def.dependencies.map((id) => indexOf.get(id) ?? -1));
  const dependents = defs.map((_, index) =>
    defs.flatMap((__, other) => (dependencies[other]?.includes(index) ? [other] : [])),
  );
  const { resultOf } = rest.tree ?? { resultOf: plainResultOf };
  return { defs, graph: built.graph, indexOf, dependencies, dependents, resultOf, ...rest };
}

const agents = ["x", "y", "z"] as const;
const failureCounts = [0, 0, 0, 0, 0, 0, 1, 1, 2, 3] as const;

function randomStep(random: SeededRandom, index: number, density: number): StepDef {
  const dependencies: string[] = [];
  for (let other = 0; other < index; other += 1)
    if (random.chance(density)) dependencies.push(`s${other}`);
  const hasTimeout = random.chance(0.4);
  return {
    id: `s${index}`,
    name: `s${index}`,
    agentId: random.pick(agents),
    task: "work",
    dependencies,
    parallel: !random.chance(0.25),
    retries: random.below(3),
    continueOnError: random.chance(0.3),
    retry: {
      initialDelayMs: random.below(1000),
      factor: 2,
      maxDelayMs: 1500,
      jitter: random.chance(0.5) ? "full" : "none",
    },
    ...(hasTimeout && { timeout: 1 + random.below(2000) }),
    ...(random.chance(0.15) && { checkpoint: random.pick(["red", "green"]) }),
  };
}

function randomScript(random: SeededRandom, { timeout }: StepDef): AgentFailure[] {
  return Array.from({ length: random.pick(failureCounts) }, () => {
    const kind = random.pick<AgentFailure>(["error", "error", "timeout", "timeout", "invalid"]);
    return kind === "timeout" && timeout === undefined ? "error" : kind;
  });
}

/** The fraction of workflows with more steps than one leaf of the core's vectors can hold. */
const LARGE = 1 / 1000;

/**
 * One to eight steps in any shape, occasionally 33 to 40, with limits, retries, timeouts, and
 * agents whose failures depend on the seed.
 */
export function randomPlan(random: SeededRandom): Plan {
  const isLarge = random.chance(LARGE);
  const density = random.next() * (isLarge ? 0.1 : 0.8);
  const defs = Array.from(
    { length: isLarge ? 33 + random.below(8) : 1 + random.below(8) },
    (_, index) => randomStep(random, index, density),
  );
  // Shuffled, because steps need not be written in dependency order.
  for (let index = defs.length - 1; index > 0; index -= 1) {
    const other = random.below(index + 1);
    const [a, b] = [defs[index], defs[other]];
    if (a !== undefined && b !== undefined) [defs[index], defs[other]] = [b, a];
  }
  return makePlan(defs, {
    policy: randomPolicy(random),
    scripts: defs.map((def) => randomScript(random, def)),
    habits: randomHabits(random),
  });
}

function randomPolicy(random: SeededRandom): RunPolicy {
  return {
    agentConcurrency: random.chance(0.3) ? { x: 1 + random.below(2) } : {},
    ...(random.chance(0.4) && { concurrency: 1 + random.below(3) }),
    ...(random.chance(0.3) && { checkpointEvery: 1 + random.below(4) }),
    ...(random.chance(0.15) && { checkpointIntervalMs: random.below(2000) }),
  };
}

function randomHabits(random: SeededRandom): Habits {
  return {
    deliversLate: random.chance(0.2),
    writesLate: random.chance(0.5),
    commitsInGroups: random.chance(0.5),
    usesCheckpoints: random.chance(0.5),
  };
}

/**
 * One to twelve steps in lists up to three deep, with conditions, modes of dependencies, fan-outs,
 * loops and agents that are chosen.
 */
export function randomTreePlan(random: SeededRandom): Plan {
  const defs = randomTree(random, { hasModules: random.chance(0.4) });
  return makePlan(defs, {
    policy: randomPolicy(random),
    scripts: [],
    habits: randomHabits(random),
    ...(random.chance(0.5) && { outputs: randomOutputs(random, defs) }),
    tree: treeAgents(random.below(1_000_000), random.pick([0, 0.3, 1])),
  });
}

/** The same, with gates, waits, stops, handlers, budgets and all that an attempt may end as. */
export function randomWaitingPlan(random: SeededRandom): Plan {
  const defs = randomWaits(random, randomTree(random));
  return makePlan(defs, {
    policy: { ...randomPolicy(random), ...randomMoney(random) },
    scripts: [],
    habits: randomHabits(random),
    isOpenEnded: true,
    hasStop: stops(defs),
    faultCount: faultReasons.length,
    ...(random.chance(0.3) && { outputs: randomOutputs(random, defs) }),
    ...(random.chance(0.5) && { handlers: randomHandlers(random) }),
    tree: treeAgents(random.below(1_000_000), random.pick([0, 0.3, 1]), true),
  });
}

/** The same, with tasks that read results; people edit its results and change its steps. */
export function randomContentPlan(random: SeededRandom): Plan {
  const tree = randomTree(random, { hasModules: true });
  const isPlain = random.chance(0.2);
  const asked = withRequests(random, isPlain ? tree : randomWaits(random, tree));
  const reviewed = isPlain ? asked : withReview(random, asked);
  // What is due at one instant with a stop may be drawn in any order.
  const withTotals = stops(reviewed) ? unlimited : (same: readonly StepDef[]) => same;
  const defs = withTotals(reviewed);
  return makePlan(defs, {
    policy: { ...randomPolicy(random), ...(random.chance(0.6) && randomMoney(random)) },
    scripts: [],
    habits: randomHabits(random),
    isOpenEnded: true,
    hasStop: stops(defs),
    faultCount: faultReasons.length,
    ...(random.chance(0.3) && { outputs: randomOutputs(random, defs) }),
    ...(random.chance(0.4) && { handlers: randomHandlers(random) }),
    inputs: { v: 1 },
    variants: randomVariants(random, defs).map((to) => ({ ...to, defs: withTotals(to.defs) })),
    tree: treeAgents(random.below(1_000_000), random.pick([0, 0.3, 1]), true),
  });
}

/** A few steps behind each other, whose results wait on offer when the run fails. */
export function randomBrittlePlan(random: SeededRandom): Plan {
  const steps = Array.from({ length: random.between(3, 6) }, (_, index) => {
    const { timeout: _timeout, ...step } = randomStep(random, index, 0);
    const dependencies = index === 0 || random.chance(0.1) ? [] : [`s${index - 1}`];
    return { ...step, dependencies, retries: 0, continueOnError: false };
  });
  const defs = withRequests(random, steps);
  return makePlan(defs, {
    policy: randomPolicy(random),
    scripts: [],
    habits: randomHabits(random),
    isOpenEnded: true,
    isBrittle: true,
    faultCount: PLAIN_FAULTS,
    inputs: { v: 1 },
    variants: randomVariants(random, defs),
    tree: treeAgents(random.below(1_000_000), 0),
  });
}

const unlimited = (defs: readonly StepDef[]): StepDef[] =>
  defs.map(({ totalTimeout: _, steps, ...def }) => ({
    ...def,
    ...(steps !== undefined && { steps: unlimited(steps) }),
  }));

const stops = (defs: readonly StepDef[]): boolean =>
  defs.some(({ stop, steps = [] }) => stop !== undefined || stops(steps));
