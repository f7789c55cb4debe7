import { type Choice, type ChoiceKind, isSame } from "./Choice.js";
import { checkEnd } from "./checks.js";
import { choices } from "./choices.js";
import { type Plan, randomPlan } from "./Plan.js";
import { BrokenPromise, demand, type PromiseName } from "./promises.js";
import { Random } from "./Random.js";
import { type Budget, World, type WorldOptions } from "./World.js";

export interface Failure {
  readonly promise: PromiseName | "crashed";
  readonly seen: string;
}

/** What became of one run. */
export interface RunReport {
  /** What happened, in order; told again, it happens again. */
  readonly happened: readonly Choice[];
  readonly eventCount: number;
  readonly failure?: Failure;
}

export interface SeedSetting {
  readonly plan: Plan;
  readonly budget: Budget;
}

/** More choices than any run needs: so many, and so many for each step. */
const LONGEST_RUN = 400;
const LONGEST_STEP = 40;

const weighted: readonly ChoiceKind[] = [
  "answer",
  "stray",
  "request",
  "timer",
  "commit",
  "tell",
  "written",
  "boot",
  "crash",
  "pass",
  "jump",
  "pause",
  "resume",
  "cancel",
  "checkpoint",
  "restore",
  "fault",
];

// What a run needs to go on always has a weight, so that no seed waits for ever.
const isNeeded = new Set<ChoiceKind>([
  "answer",
  "timer",
  "commit",
  "tell",
  "written",
  "boot",
  "resume",
]);

// Cancel ends a run, so most seeds leave it alone.
function weightOf(kind: ChoiceKind, random: Random): number {
  if (isNeeded.has(kind)) return random.pick([1, 4, 16]);
  return kind === "cancel" ? random.pick([0, 0, 0, 0.2, 1]) : random.pick([0, 0.2, 1, 3]);
}

/** What a seed settles before anything happens: the workflow, its agents, and how much may go wrong. */
export function settingOf(seed: number): SeedSetting {
  return settingBy(new Random(seed));
}

function settingBy(random: Random): SeedSetting {
  const plan = randomPlan(random);
  const isCalm = random.chance(0.1);
  const upTo = (most: number): number => (isCalm ? 0 : random.below(most + 1));
  return {
    plan,
    budget: {
      crashes: upTo(4),
      faults: 0,
      strays: upTo(5),
      requests: upTo(3),
      commands: upTo(6),
      jumps: upTo(3),
    },
  };
}

function endOfKind(list: readonly Choice[], at: number): number {
  let end = at + 1;
  while (end < list.length && list[end]?.kind === list[at]?.kind) end += 1;
  return end;
}

/** Runs the world of this seed to its end. */
export function runSeed(seed: number, options: WorldOptions = {}): RunReport {
  const random = new Random(seed);
  const { plan, budget } = settingBy(random);
  // Each seed has its own idea of what happens often: some never crash, some do nothing else.
  const weights = Object.fromEntries(
    weighted.map((kind) => [kind, weightOf(kind, random)]),
  ) as Record<ChoiceKind, number>;
  const pick = (list: readonly Choice[]): Choice | undefined => {
    // First a kind, however many choices there are of it; then one of them. Choices of a kind stand together.
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
  return follow(new World(plan, { ...options, budget }), pick);
}

/** Runs a world by what happened in another: what is no longer possible is left out, and at the end it goes on without faults. */
export function replay(
  { plan, budget }: SeedSetting,
  happened: readonly Choice[],
  options: WorldOptions = {},
): RunReport {
  let next = 0;
  const pick = (list: readonly Choice[]): Choice | undefined => {
    while (next < happened.length) {
      const wanted = happened[next];
      next += 1;
      const found = wanted && list.find((choice) => isSame(choice, wanted));
      if (found !== undefined) return found;
    }
    return list[0];
  };
  return follow(new World(plan, { ...options, budget }), pick, () => next < happened.length);
}

function follow(
  world: World,
  pick: (list: readonly Choice[]) => Choice | undefined,
  wantsMore: () => boolean = () => true,
): RunReport {
  const happened: Choice[] = [];
  const longest = LONGEST_RUN + LONGEST_STEP * world.plan.defs.length;
  const report = (failure?: Failure): RunReport => ({
    happened,
    eventCount: world.journal.length,
    ...(failure !== undefined && { failure }),
  });
  try {
    while (!isDone(world, wantsMore())) {
      demand(
        happened.length < longest,
        "liveness",
        () => `after ${longest} choices the run is ${world.state}`,
      );
      const choice = pick(choices(world));
      if (choice === undefined)
        throw new BrokenPromise("liveness", `the run stands still in ${world.state}`);
      happened.push(choice);
      world.perform(choice);
    }
    checkEnd(world, true);
    return report();
  } catch (error) {
    if (error instanceof BrokenPromise)
      return report({ promise: error.promise, seen: error.message });
    return report({
      promise: "crashed",
      seen: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  }
}

// A run that failed may still be restored; any other end is one.
function isDone(world: World, wantsMore: boolean): boolean {
  if (!world.isOver || world.tells.length > 0) return false;
  return world.recount.phase !== "failed" || world.budget.commands === 0 || !wantsMore;
}
