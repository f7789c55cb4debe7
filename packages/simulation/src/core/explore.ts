import {
  Context,
  type Effect,
  Machine,
  State,
  type StepDef,
  type StepStatus,
  type WorkflowMachine,
  type WorkflowState,
} from "@automatosx/rescript-core";
import type { Choice } from "./Choice.js";
import { checkEnd } from "./checks.js";
import { choices, progress } from "./choices.js";
import { statesOnCircles } from "./circles.js";
import { makePlan, type Plan } from "./Plan.js";
import { BrokenPromise } from "./promises.js";
import type { Failure, SeedSetting } from "./simulate.js";
import { type Budget, World, type WorldOptions } from "./World.js";

/** A shape of a workflow: for each step the bits of the earlier steps that it waits for. */
export type Shape = readonly number[];

/**
 * Every shape of a workflow with so many steps: each directed acyclic graph once, whatever its steps are called.
 * All steps are alike but for their dependencies, so what holds for one naming holds for each.
 */
export function shapesOf(size: number): Shape[] {
  const found = new Map<string, Shape>();
  const orders = permutations(size);
  const bitCount = (size * (size - 1)) / 2;
  for (let bits = 0; bits < 2 ** bitCount; bits += 1) {
    let left = bits;
    const shape = Array.from({ length: size }, (_, index) => {
      const mine = left % 2 ** index;
      left = Math.floor(left / 2 ** index);
      return mine;
    });
    const name = orders.map((order) => renamed(shape, order)).toSorted()[0] ?? "";
    if (!found.has(name)) found.set(name, shape);
  }
  return [...found.values()];
}

function permutations(size: number): number[][] {
  if (size === 0) return [[]];
  return permutations(size - 1).flatMap((order) =>
    Array.from({ length: size }, (_, at) => order.toSpliced(at, 0, size - 1)),
  );
}

function renamed(shape: Shape, order: readonly number[]): string {
  const rows = shape.map(() => 0);
  for (const [index, bits] of shape.entries()) {
    for (let other = 0; other < index; other += 1) {
      if ((bits >> other) & 1)
        rows[order[index] ?? 0] = (rows[order[index] ?? 0] ?? 0) | (1 << (order[other] ?? 0));
    }
  }
  return rows.join();
}

/** What may go wrong in each explored world, besides late and double answers, which are tried everywhere. */
export const exploredBudget: Budget = {
  crashes: 1,
  faults: 1,
  commands: 1,
  strays: Number.POSITIVE_INFINITY,
  requests: 0,
  jumps: 0,
};

/** What an explored workflow has beyond its shape. */
export interface Traits {
  readonly policy?: Plan["policy"];
  readonly step?: Partial<Pick<StepDef, "retries" | "continueOnError" | "parallel" | "checkpoint">>;
  readonly habits?: Partial<Plan["habits"]>;
}

/** The same, with starts and ends of batches told out of turn everywhere. */
export const exploredWithRequests: Budget = {
  ...exploredBudget,
  requests: Number.POSITIVE_INFINITY,
};

/** A workflow of this shape: one retry a step and no limits, unless its traits say otherwise. */
export function planOf(shape: Shape, { policy = {}, step, habits }: Traits = {}): Plan {
  const defs = shape.map((bits, index): StepDef => {
    const id = `s${index}`;
    const dependencies = Array.from({ length: index }, (_, other) => other).filter(
      (other) => (bits >> other) & 1,
    );
    return {
      id,
      name: id,
      agentId: "x",
      task: "work",
      dependencies: dependencies.map((other) => `s${other}`),
      parallel: true,
      retries: 1,
      continueOnError: false,
      retry: { initialDelayMs: 1000, factor: 2, maxDelayMs: 1000, jitter: "none" },
      ...step,
    };
  });
  const usual = {
    tellsLate: false,
    writesLate: true,
    commitsInGroups: false,
    usesCheckpoints: false,
  };
  return makePlan(defs, { policy, scripts: defs.map(() => []), habits: { ...usual, ...habits } });
}

/** What was found in one world and all its futures. */
export interface Exploration {
  readonly stateCount: number;
  readonly choiceCount: number;
  /** How many of the states are ends. */
  readonly endCount: number;
  readonly failure?: Failure & {
    readonly happened: readonly Choice[];
    readonly setting: SeedSetting;
  };
}

/** A way to a state. The world itself is let go once its futures are known. */
interface Node {
  readonly id: number;
  readonly from: Node | undefined;
  readonly choice: Choice | undefined;
}

function pathTo(node: Node): Choice[] {
  const path: Choice[] = [];
  for (let at: Node | undefined = node; at?.choice !== undefined; at = at.from)
    path.push(at.choice);
  return path.reverse();
}

const LARGEST = 5_000_000;

/** A world and all its futures, as far as they are known. */
class Search {
  choiceCount = 0;
  endCount = 0;
  /** Where the search is: the failure that is thrown next is here. */
  at: Node;
  readonly #ids = new Map<string, number>();
  #edge: (readonly [Node, World])[];
  /** Pairs of states, from and to, between which nothing went wrong. */
  readonly #steps: number[] = [];

  constructor(world: World) {
    this.at = { id: 0, from: undefined, choice: undefined };
    this.#ids.set(keyOf(world), 0);
    this.#edge = [[this.at, world]];
  }

  get stateCount(): number {
    return this.#ids.size;
  }

  run(): void {
    while (this.#edge.length > 0) {
      const edge = this.#edge;
      this.#edge = [];
      for (const [node, world] of edge) this.#expand(node, world);
      if (this.stateCount > LARGEST)
        throw new BrokenPromise("liveness", `more than ${LARGEST} states`);
    }
    const circling = statesOnCircles(this.stateCount, this.#steps);
    if (circling > 0)
      throw new BrokenPromise("liveness", `${circling} states go round in circles without a fault`);
  }

  #expand(from: Node, world: World): void {
    this.at = from;
    const needed = progress(world);
    if (world.isOver) {
      this.endCount += 1;
      checkEnd(world, false);
    } else if (needed.length === 0) {
      throw new BrokenPromise("liveness", `the run stands still in ${world.state}`);
    }
    for (const [index, choice] of choices(world).entries()) {
      this.at = { id: this.#ids.size, from, choice };
      this.choiceCount += 1;
      // A stray answer is declined and changes nothing, or a promise is broken: it needs no world of its own.
      const next = choice.kind === "stray" ? world : world.clone();
      next.perform(choice);
      if (next === world) continue;
      const key = keyOf(next);
      const known = this.#ids.get(key);
      if (index < needed.length) this.#steps.push(from.id, known ?? this.at.id);
      if (known !== undefined) continue;
      this.#ids.set(key, this.at.id);
      this.#edge.push([this.at, next]);
    }
  }
}

/**
 * Takes every choice in every state that can be reached, breadth first, so that a failure comes with a shortest way
 * to it. Two states are one when nothing that can still happen tells them apart: instants count only by how far off
 * they are.
 */
export function explore(plan: Plan, options: WorldOptions = {}): Exploration {
  const budget = { ...exploredBudget, ...options.budget };
  const search = new Search(new World(plan, { ...options, budget }));
  const counts = () => ({
    stateCount: search.stateCount,
    choiceCount: search.choiceCount,
    endCount: search.endCount,
  });
  try {
    search.run();
    return counts();
  } catch (error) {
    const promise: Failure["promise"] = error instanceof BrokenPromise ? error.promise : "crashed";
    return {
      ...counts(),
      failure: {
        promise,
        seen: String(error),
        happened: pathTo(search.at),
        setting: { plan, budget },
      },
    };
  }
}

// --- when two worlds are one

const letterOf: Readonly<Record<StepStatus, string>> = {
  pending: "p",
  ready: "r",
  waiting: "w",
  running: "R",
  completed: "C",
  failed: "F",
  skipped: "S",
  cancelled: "X",
};

// Short keys are found sooner.
const letterOfState = Object.fromEntries(
  State.all.map((state, index) => [state, String.fromCharCode(97 + index)]),
) as Record<WorkflowState, string>;

const keyOfEffect = (effect: Effect): string =>
  `|${effect.type.slice(0, 2)}${"stepId" in effect ? effect.stepId : ""}`;

function keyOfMachine(machine: WorkflowMachine, clock: number): string {
  let key = letterOfState[Machine.state(machine)];
  for (const { status, attemptNumber, failureCount, retryAt } of Context.steps(
    Machine.context(machine),
  )) {
    key += letterOf[status] + attemptNumber + (failureCount === 0 ? "" : `.${failureCount}`);
    if (status === "waiting") key += `+${Math.max(0, (retryAt ?? 0) - clock)}`;
  }
  return key;
}

/** A text that is the same for two worlds exactly when they have the same futures. */
function keyOf(world: World): string {
  const { budget, clock, monotonic } = world;
  let key = `${budget.crashes}${budget.faults}${budget.commands}${keyOfMachine(world.committed, clock)}`;
  for (const script of world.scripts) key += `/${script.join()}`;
  for (const { data } of world.checkpoints) key += `c${data.completedSteps.join()}`;
  if (!world.isUp) return `${key}|down`;
  if (world.turn.length > 0) key += `|${keyOfMachine(world.machine, clock)}`;
  for (const effect of world.effects) key += keyOfEffect(effect);
  for (const tell of world.tells) key += JSON.stringify(tell);
  if (world.plan.policy.checkpointEvery !== undefined) key += `|${world.recount.completedAtLast}`;
  key += `|${world.recount.cameFrom}${world.wantsCheckpoint === undefined ? "" : "+"}`;
  const agents = world.attempts.map(({ step, attemptNumber }) => `${step}.${attemptNumber}`);
  if (agents.length > 0) key += `|${agents.sort().join()}`;
  const timers = world.timers.map(({ at }) => Math.max(0, at - monotonic));
  return timers.length === 0 ? key : `${key}|${timers.sort((a, b) => a - b).join()}`;
}
