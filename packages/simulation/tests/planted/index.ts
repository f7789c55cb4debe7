import {
  type CoreReport,
  type CoreWorldOptions,
  compiledCore,
  runCoreSeed,
  SEEDS_PER_TREE,
  soundRules,
} from "@automatosx/simulation";
import { coreBugs } from "./core-bugs.ts";
import { languageBugs } from "./language-bugs.ts";
import type { PlantedBug } from "./planted-bug.ts";
import { shellBugs } from "./shell-bugs.ts";

export type { PlantedBug } from "./planted-bug.ts";
export const plantedBugs: readonly PlantedBug[] = [...coreBugs, ...shellBugs, ...languageBugs];

export const withBug = ({ core, rules }: PlantedBug): CoreWorldOptions => ({
  ...(core !== undefined && { core: core(compiledCore) }),
  ...(rules !== undefined && { rules: rules(soundRules) }),
});

/** A bug not found within this many seeds counts as missed. */
export const MAX_SEEDS = 5_000;

/** The first seed in which the bug breaks a promise, and the number of seeds needed to find it. */
export interface FoundBug {
  readonly seed: number;
  readonly triedCount: number;
  readonly report: CoreReport;
}

/**
 * Looks for a bug in seeds from 1 on; for a bug of the workflow language, in those whose workflow
 * has inner steps, items and rounds.
 */
export function findBug(bug: PlantedBug): FoundBug | undefined {
  const options = withBug(bug);
  const step = languageBugs.includes(bug) ? SEEDS_PER_TREE : 1;
  for (let triedCount = 1; triedCount <= MAX_SEEDS; triedCount += 1) {
    const seed = triedCount * step;
    const report = runCoreSeed(seed, options);
    if (report.failure !== undefined) return { seed, triedCount, report };
  }
  return undefined;
}
