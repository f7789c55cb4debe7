import { Context, Machine, type StepDef, type WorkflowMachine } from "@automatosx/rescript-core";
import type { Choice } from "./Choice.js";
import { checkEnd } from "./checks.js";
import { choices } from "./choices.js";
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
  return permutations(size - 1).flatMap((order) => Array.from({ length: size }, (_, at) => order.toSpliced(at, 0, size - 1)));
}

function renamed(shape: Shape, order: readonly number[]): string {
  const rows = shape.map(() => 0);
  for (const [index, bits] of shape.entries()) {
    for (let other = 0; other < index; other += 1) {
      if ((bits >> other) & 1) rows[order[index] ?? 0] = (rows[order[index] ?? 0] ?? 0) | (1 << (order[other] ?? 0));
    }
  }
  return rows.join();
}

/** What may go wrong in each explored world, besides late and double answers, which are tried everywhere. */
export const exploredBudget: Budget = { crashes: 1, faults: 1, commands: 1, strays: Number.POSITIVE_INFINITY, jumps: 0 };

/** A workflow of this shape: one retry a step, no limits unless `policy` says so. */
export function planOf(shape: Shape, policy: Plan["policy"] = {}): Plan {
  const defs = shape.map((bits, index): StepDef => {
    const id = `s${index}`;
    const dependencies = Array.from({ length: index }, (_, other) => other).filter((other) => (bits >> other) & 1);
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
    };
  });
  const habits = { tellsLate: false, writesLate: true, commitsInGroups: false, usesCheckpoints: false };
  return makePlan(defs, { policy, scripts: defs.map(() => []), habits });
}

/** What was found in one world and all its futures. */
export interface Exploration {
  readonly stateCount: number;
  readonly choiceCount: number;
  /** How many of the states are ends. */
  readonly endCount: number;
  readonly failure?: Failure & { readonly happened: readonly Choice[]; readonly setting: SeedSetting };
}

interface Node {
  readonly world: World;
  readonly from: Node | undefined;
  readonly choice: Choice | undefined;
}

function pathTo(node: Node): Choice[] {
  const path: Choice[] = [];
  for (let at: Node | undefined = node; at?.choice !== undefined; at = at.from) path.push(at.choice);
  return path.reverse();
}

const LARGEST = 5_000_000;

/**
 * Takes every choice in every state that can be reached, breadth first, so that a failure comes with a shortest way
 * to it. Two states are one when nothing that can still happen tells them apart: instants count only by how far off
 * they are.
 */
export function explore(plan: Plan, options: WorldOptions = {}): Exploration {
  const budget = { ...exploredBudget, ...options.budget };
  const start: Node = { world: new World(plan, { ...options, budget }), from: undefined, choice: undefined };
  const seen = new Set<string>([keyOf(start.world)]);
  let edge: Node[] = [start];
  let [choiceCount, endCount] = [0, 0];
  let at = start;
  try {
    while (edge.length > 0) {
      const next: Node[] = [];
      for (const from of edge) {
        at = from;
        if (from.world.isOver) {
          endCount += 1;
          checkEnd(from.world, false);
        }
        const list = choices(from.world);
        if (list.length === 0 && !from.world.isOver) throw new BrokenPromise("liveness", `the run stands still in ${from.world.state}`);
        for (const choice of list) {
          const node: Node = { world: from.world.clone(), from, choice };
          at = node;
          choiceCount += 1;
          node.world.perform(choice);
          const key = keyOf(node.world);
          if (seen.has(key)) continue;
          seen.add(key);
          next.push(node);
        }
      }
      edge = next;
      if (seen.size > LARGEST) throw new BrokenPromise("liveness", `more than ${LARGEST} states`);
    }
  } catch (error) {
    const promise: Failure["promise"] = error instanceof BrokenPromise ? error.promise : "crashed";
    const failure = { promise, seen: String(error), happened: pathTo(at), setting: { plan, budget } };
    return { stateCount: seen.size, choiceCount, endCount, failure };
  }
  return { stateCount: seen.size, choiceCount, endCount };
}

// --- when two worlds are one

function keyOfMachine(machine: WorkflowMachine, clock: number): string {
  let key: string = Machine.state(machine);
  for (const { status, attemptNumber, failureCount, retryAt } of Context.steps(Machine.context(machine))) {
    key += ` ${status}${attemptNumber}.${failureCount}`;
    if (status === "waiting") key += `+${Math.max(0, (retryAt ?? 0) - clock)}`;
  }
  return key;
}

/** A text that is the same for two worlds exactly when they have the same futures. */
function keyOf(world: World): string {
  const { budget, clock, monotonic, recount } = world;
  const parts = [
    `${budget.crashes}${budget.faults}${budget.commands}${world.isUp}`,
    keyOfMachine(world.committed, clock),
    world.scripts.join("/"),
    world.checkpoints.map(({ data }) => data.completedSteps.join()).join("/"),
  ];
  if (!world.isUp) return parts.join("|");
  if (world.turn.length > 0) parts.push(keyOfMachine(world.machine, clock));
  for (const effect of world.effects) parts.push("stepId" in effect ? `${effect.type} ${effect.stepId}` : effect.type);
  const agents = world.attempts.map(({ step, attemptNumber }) => `${step}.${attemptNumber}`);
  const timers = world.timers.map(({ at }) => Math.max(0, at - monotonic));
  parts.push(recount.cameFrom, agents.sort().join(), timers.sort().join(), world.wantsCheckpoint === undefined ? "" : "wants");
  return parts.join("|");
}
