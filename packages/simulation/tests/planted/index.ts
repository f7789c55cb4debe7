import {
  compiledCore,
  type RunReport,
  runSeed,
  soundRules,
  type WorldOptions,
} from "@automatosx/simulation";
import { coreBugs } from "./core-bugs.ts";
import type { PlantedBug } from "./planted-bug.ts";
import { shellBugs } from "./shell-bugs.ts";

export type { PlantedBug } from "./planted-bug.ts";
export const plantedBugs: readonly PlantedBug[] = [...coreBugs, ...shellBugs];

export const withBug = ({ core, rules }: PlantedBug): WorldOptions => ({
  ...(core !== undefined && { core: core(compiledCore) }),
  ...(rules !== undefined && { rules: rules(soundRules) }),
});

/** A bug that needs more seeds than these is one that the simulator does not find. */
export const MOST_SEEDS = 5_000;

/** The first seed, from 1, under which the bug breaks a promise; it is also how many seeds it took. */
export function findBug(
  bug: PlantedBug,
): { readonly seed: number; readonly report: RunReport } | undefined {
  const options = withBug(bug);
  for (let seed = 1; seed <= MOST_SEEDS; seed += 1) {
    const report = runSeed(seed, options);
    if (report.failure !== undefined) return { seed, report };
  }
  return undefined;
}
