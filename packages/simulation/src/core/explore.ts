import type { Budget } from "./budget.js";
import type { Choice } from "./Choice.js";
import { CoreWorld } from "./CoreWorld.js";
import { checkEnd } from "./check-end.js";
import { choices, progress } from "./choices.js";
import { statesOnCycles } from "./cycles.js";
import type { Plan } from "./Plan.js";
import { BrokenPromise } from "./promises.js";
import type { Failure, SeedSetting } from "./simulate.js";
import type { CoreWorldOptions } from "./WorldState.js";
import { keyOf } from "./world-key.js";

/** What may go wrong in each explored world, besides stray answers, which are tried everywhere. */
export const exploredBudget: Budget = {
  crashes: 1,
  faults: 1,
  commands: 1,
  strays: Number.POSITIVE_INFINITY,
  requests: 0,
  jumps: 0,
};

/** Like `exploredBudget`, but also tries unrequested batch starts and ends everywhere. */
export const exploredWithRequests: Budget = {
  ...exploredBudget,
  requests: Number.POSITIVE_INFINITY,
};

/** The findings for one world and all its futures. */
export interface Exploration {
  readonly stateCount: number;
  readonly choiceCount: number;
  /** How many of the states are final. */
  readonly endCount: number;
  readonly failure?: Failure & {
    readonly happened: readonly Choice[];
    readonly setting: SeedSetting;
  };
}

/** A path to a state. It does not hold the world, which is dropped once its futures are known. */
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

const MAX_STATES = 5_000_000;

/** A breadth-first search through the futures of a world. */
class Search {
  choiceCount = 0;
  endCount = 0;
  /** The state being searched: an exception thrown by a check concerns this state. */
  at: Node;
  readonly #ids = new Map<string, number>();
  #edge: (readonly [Node, CoreWorld])[];
  /** Pairs of source and target states, connected by a choice that is not a fault. */
  readonly #transitions: number[] = [];

  constructor(world: CoreWorld) {
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
      if (this.stateCount > MAX_STATES)
        throw new BrokenPromise("liveness", `there are more than ${MAX_STATES} states`);
    }
    const cyclingCount = statesOnCycles(this.stateCount, this.#transitions);
    if (cyclingCount > 0)
      throw new BrokenPromise(
        "liveness",
        `${cyclingCount} states form endless cycles in which no fault occurs`,
      );
  }

  #expand(from: Node, world: CoreWorld): void {
    this.at = from;
    const needed = progress(world);
    if (world.hasEnded) {
      this.endCount += 1;
      checkEnd(world, false);
    } else if (needed.length === 0) {
      throw new BrokenPromise("liveness", `the run is stuck in ${world.state}`);
    }
    for (const [index, choice] of choices(world).entries()) {
      this.at = { id: this.#ids.size, from, choice };
      this.choiceCount += 1;
      // A stray answer either is refused and changes nothing, or breaks a promise, so no clone is
      // needed.
      const next = choice.kind === "stray" ? world : world.clone();
      next.perform(choice);
      if (next === world) continue;
      const key = keyOf(next);
      const known = this.#ids.get(key);
      if (index < needed.length) this.#transitions.push(from.id, known ?? this.at.id);
      if (known !== undefined) continue;
      this.#ids.set(key, this.at.id);
      this.#edge.push([this.at, next]);
    }
  }
}

/**
 * Tries every choice in every state that can be reached, breadth first, so a failure is reported
 * with a shortest path to it. Two states count as the same if no future choice can distinguish
 * them.
 */
export function explore(plan: Plan, options: CoreWorldOptions = {}): Exploration {
  const budget = { ...exploredBudget, ...options.budget };
  const search = new Search(new CoreWorld(plan, { ...options, budget }));
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
        evidence: String(error),
        happened: pathTo(search.at),
        setting: { plan, budget },
      },
    };
  }
}
