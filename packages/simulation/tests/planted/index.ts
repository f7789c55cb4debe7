import {
  type CoreReport,
  type CoreWorldOptions,
  compiledCore,
  runCoreSeed,
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

/**
 * The first seed, counting from 1, in which the bug breaks a promise; thus the number of seeds
 * needed to find it.
 */
export function findBug(
  bug: PlantedBug,
): { readonly seed: number; readonly report: CoreReport } | undefined {
  const options = withBug(bug);
  for (let seed = 1; seed <= MAX_SEEDS; seed += 1) {
    const report = runCoreSeed(seed, options);
    if (report.failure !== undefined) return { seed, report };
  }
  return undefined;
}
