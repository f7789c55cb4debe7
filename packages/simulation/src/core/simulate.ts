import { SeededRandom } from "../SeededRandom.js";
import type { Budget } from "./budget.js";
import { type Choice, type ChoiceKind, isSameChoice } from "./Choice.js";
import { CoreWorld } from "./CoreWorld.js";
import { checkEnd } from "./check-end.js";
import { choices } from "./choices.js";
import {
  type Plan,
  randomBrittlePlan,
  randomContentPlan,
  randomPlan,
  randomTreePlan,
  randomWaitingPlan,
} from "./Plan.js";
import { BrokenPromise, demand, type PromiseName } from "./promises.js";
import type { CoreWorldOptions } from "./WorldState.js";

export interface Failure {
  readonly promise: PromiseName | "crashed";
  readonly evidence: string;
}

/** The outcome of one run. */
export interface CoreReport {
  /** The choices that happened, in order. `replay` repeats them. */
  readonly happened: readonly Choice[];
  readonly eventCount: number;
  readonly failure?: Failure;
}

export interface SeedSetting {
  readonly plan: Plan;
  readonly budget: Budget;
}

/** Limit on choices, larger than any run needs: a base, plus an amount per step. */
const MAX_CHOICES = 400;
const MAX_CHOICES_PER_STEP = 40;

const weighted: readonly ChoiceKind[] = [
  "answer",
  "stray",
  "request",
  "timer",
  "commit",
  "deliver",
  "write",
  "claim",
  "crash",
  "delay",
  "jump",
  "pause",
  "resume",
  "cancel",
  "checkpoint",
  "restore",
  "fault",
  "gate",
  "signal",
  "resolve",
  "raise",
  "edit",
  "reopen",
  "amend",
];

// Choices that a run needs in order to progress always have a weight, so no seed waits forever.
const isNeeded = new Set<ChoiceKind>([
  "answer",
  "timer",
  "commit",
  "deliver",
  "write",
  "claim",
  "resume",
  "gate",
  "signal",
  "resolve",
  "raise",
]);

// A cancellation ends the run, so most seeds do not cancel.
function weightOf(kind: ChoiceKind, random: SeededRandom): number {
  if (isNeeded.has(kind)) return random.pick([1, 4, 16]);
  return kind === "cancel" ? random.pick([0, 0, 0, 0.2, 1]) : random.pick([0, 0.2, 1, 3]);
}

/**
 * The parameters that a seed fixes in advance: the workflow, its agents, and how much may go wrong.
 */
export function settingOf(seed: number): SeedSetting {
  return settingFrom(seed, new SeededRandom(seed));
}

/** One in this many seeds has a workflow with inner steps, items and rounds. */
export const SEEDS_PER_TREE = 8;
/**
 * One in this many seeds has gates, waits and all else that a run may wait for. Its model takes ten
 * times as long as that of a tree.
 */
export const SEEDS_PER_WAITING = 64;
/** What is left, divided by that, of such a seed. */
export const WAITING = 4;

/** One in this many seeds has results that are edited and a workflow that is changed. */
export const SEEDS_PER_CONTENT = 128;
/** What is left, divided by that, of such a seed. */
export const CONTENT = 20;
/** What is left of a seed, one in as many, whose run fails and is resumed again and again. */
export const BRITTLE = 84;

function planOfSeed(seed: number, random: SeededRandom): Plan {
  if (seed % SEEDS_PER_TREE === 0) return randomTreePlan(random);
  if (seed % SEEDS_PER_CONTENT === CONTENT) return randomContentPlan(random);
  if (seed % SEEDS_PER_CONTENT === BRITTLE) return randomBrittlePlan(random);
  return seed % SEEDS_PER_WAITING === WAITING ? randomWaitingPlan(random) : randomPlan(random);
}

function settingFrom(seed: number, random: SeededRandom): SeedSetting {
  const plan = planOfSeed(seed, random);
  const isCalm = random.chance(0.1);
  const upTo = (most: number): number => (isCalm ? 0 : random.below(most + 1));
  return {
    plan,
    budget: {
      crashes: upTo(4),
      faults: plan.isBrittle === true ? upTo(3) : 0,
      strays: upTo(5),
      requests: upTo(3),
      commands: upTo(6),
      jumps: upTo(3),
    },
  };
}

/** Steps are performed again and fail, and the run is resumed each time. */
const BRITTLE_WEIGHTS: Partial<Record<ChoiceKind, number>> = {
  ...{ answer: 8, reopen: 4, fault: 2, resume: 8, edit: 0.2, amend: 0.5 },
  ...{ crash: 0.2, pause: 0.2, restore: 0.5, checkpoint: 0.2, cancel: 0 },
};

/** Picks the next choice among those that a world offers. */
type PickChoice = (list: readonly Choice[]) => Choice | undefined;

function endOfKind(list: readonly Choice[], at: number): number {
  let end = at + 1;
  while (end < list.length && list[end]?.kind === list[at]?.kind) end += 1;
  return end;
}

/**
 * Picks a kind by its weight, regardless of how many choices it has, and then one of its choices.
 * Choices of one kind are adjacent in the list.
 */
function weightedPick(random: SeededRandom, weights: Record<ChoiceKind, number>): PickChoice {
  return (list) => {
    let sum = 0;
    for (let at = 0; at < list.length; at = endOfKind(list, at))
      sum += weights[list[at]?.kind ?? "commit"];
    let left = random.next() * sum;
    for (let at = 0; at < list.length; ) {
      const end = endOfKind(list, at);
      left -= weights[list[at]?.kind ?? "commit"];
      if (left < 0) return list[at + random.below(end - at)];
      at = end;
    }
    return list[0];
  };
}

/** Runs this seed's world to its end. */
export function runCoreSeed(seed: number, options: CoreWorldOptions = {}): CoreReport {
  const random = new SeededRandom(seed);
  const { plan, budget } = settingFrom(seed, random);
  // Each seed has its own weights: some never crash, some do little else.
  const weights = Object.fromEntries(
    weighted.map((kind) => [kind, weightOf(kind, random)]),
  ) as Record<ChoiceKind, number>;
  if (plan.isBrittle === true) Object.assign(weights, BRITTLE_WEIGHTS);
  return follow(new CoreWorld(plan, { ...options, budget }), weightedPick(random, weights));
}

/**
 * Repeats the choices of another run. Choices that are no longer possible are left out; after the
 * last one, the run continues without faults.
 */
export function replay(
  { plan, budget }: SeedSetting,
  happened: readonly Choice[],
  options: CoreWorldOptions = {},
): CoreReport {
  let next = 0;
  const pick: PickChoice = (list) => {
    while (next < happened.length) {
      const wanted = happened[next];
      next += 1;
      const found = wanted && list.find((choice) => isSameChoice(choice, wanted));
      if (found !== undefined) return found;
    }
    return list[0];
  };
  return follow(new CoreWorld(plan, { ...options, budget }), pick, () => next < happened.length);
}

function follow(
  world: CoreWorld,
  pick: PickChoice,
  hasMore: () => boolean = () => true,
): CoreReport {
  const happened: Choice[] = [];
  const report = (failure?: Failure): CoreReport => ({
    happened,
    eventCount: world.journal.length,
    ...(failure !== undefined && { failure }),
  });
  try {
    runToEnd(world, pick, hasMore, happened);
    checkEnd(world, true);
    return report();
  } catch (error) {
    if (error instanceof BrokenPromise)
      return report({ promise: error.promise, evidence: error.message });
    return report({
      promise: "crashed",
      evidence: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  }
}

function runToEnd(
  world: CoreWorld,
  pick: PickChoice,
  hasMore: () => boolean,
  happened: Choice[],
): void {
  while (!isDone(world, hasMore())) {
    const most = MAX_CHOICES + MAX_CHOICES_PER_STEP * world.recount.steps.size;
    demand(
      happened.length < most,
      "liveness",
      () => `after ${most} choices the run is ${world.state}`,
    );
    const choice = pick(choices(world));
    if (choice === undefined)
      throw new BrokenPromise("liveness", `the run is stuck in ${world.state}`);
    happened.push(choice);
    world.perform(choice);
  }
}

// A failed run may still be restored; any other end is final.
function isDone(world: CoreWorld, hasMore: boolean): boolean {
  if (!world.hasEnded || world.undelivered.length > 0) return false;
  return world.recount.phase !== "failed" || world.budget.commands === 0 || !hasMore;
}
