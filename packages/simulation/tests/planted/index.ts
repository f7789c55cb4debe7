import {
  BRITTLE,
  CONTENT,
  type CoreReport,
  type CoreWorldOptions,
  compiledCore,
  runCoreSeed,
  SEEDS_PER_CONTENT,
  SEEDS_PER_TREE,
  SEEDS_PER_WAITING,
  soundRules,
  WAITING,
} from "@automatosx/simulation";
import { contentBugs, resumeBugs } from "./content-bugs.ts";
import { coreBugs } from "./core-bugs.ts";
import { languageBugs } from "./language-bugs.ts";
import type { PlantedBug } from "./planted-bug.ts";
import { shellBugs } from "./shell-bugs.ts";
import { waitingBugs } from "./waiting-bugs.ts";

export type { PlantedBug } from "./planted-bug.ts";
export const plantedBugs: readonly PlantedBug[] = [
  ...coreBugs,
  ...shellBugs,
  ...languageBugs,
  ...waitingBugs,
  ...contentBugs,
  ...resumeBugs,
];

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

/** Seeds whose workflow has what a bug is about: every Nth one, from an offset on. */
function seedsFor(bug: PlantedBug): { readonly step: number; readonly offset: number } {
  if (resumeBugs.includes(bug)) return { step: SEEDS_PER_CONTENT, offset: BRITTLE };
  if (contentBugs.includes(bug)) return { step: SEEDS_PER_CONTENT, offset: CONTENT };
  if (waitingBugs.includes(bug)) return { step: SEEDS_PER_WAITING, offset: WAITING };
  return { step: languageBugs.includes(bug) ? SEEDS_PER_TREE : 1, offset: 0 };
}

/**
 * Looks for a bug in seeds from 1 on; for a bug of the workflow language, in those whose workflow
 * has inner steps, items and rounds, or gates, waits and all else that a run may wait for, or is
 * changed.
 */
export function findBug(bug: PlantedBug): FoundBug | undefined {
  const options = withBug(bug);
  const { step, offset } = seedsFor(bug);
  for (let triedCount = 1; triedCount <= MAX_SEEDS; triedCount += 1) {
    const seed = triedCount * step + offset;
    const report = runCoreSeed(seed, options);
    // A seed that fails without the bug says nothing about it.
    const isFound = report.failure !== undefined && runCoreSeed(seed).failure === undefined;
    if (isFound) return { seed, triedCount, report };
  }
  return undefined;
}
