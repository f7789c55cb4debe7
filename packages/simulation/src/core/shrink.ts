import type { Choice } from "./Choice.js";
import { type CoreReport, replay, type SeedSetting } from "./simulate.js";
import type { CoreWorldOptions } from "./WorldState.js";

/**
 * Shrinks a run that breaks a promise to a short one that breaks the same promise. Choices are left
 * out, many at once and then one by one, and the rest is replayed, until every remaining choice is
 * needed. The result is deterministic.
 */
export function shrinkCoreRun(
  setting: SeedSetting,
  report: CoreReport,
  options: CoreWorldOptions = {},
): CoreReport {
  const broken = report.failure?.promise;
  if (broken === undefined) return report;
  let shortest = report;
  const tryOut = (happened: readonly Choice[]): boolean => {
    const again = replay(setting, happened, options);
    if (again.failure?.promise !== broken || again.happened.length >= shortest.happened.length)
      return false;
    shortest = again;
    return true;
  };
  for (let isShorter = true; isShorter; ) {
    isShorter = false;
    for (
      let size = Math.ceil(shortest.happened.length / 2);
      size >= 1;
      size = size === 1 ? 0 : Math.ceil(size / 2)
    ) {
      for (let at = 0; at < shortest.happened.length; ) {
        const { happened } = shortest;
        if (tryOut([...happened.slice(0, at), ...happened.slice(at + size)])) isShorter = true;
        // Windows overlap, so a removable stretch need not begin at a multiple of its length.
        else at += Math.ceil(size / 2);
      }
    }
  }
  return shortest;
}
