import type { Choice } from "./Choice.js";
import { type RunReport, replay, type SeedSetting } from "./simulate.js";
import type { WorldOptions } from "./World.js";

/**
 * The shortest run that still breaks the same promise: choices are left out, many at once and then one by one, and the
 * rest is played again, until nothing more can be left out. The same run gives the same answer every time.
 */
export function shrink(
  setting: SeedSetting,
  report: RunReport,
  options: WorldOptions = {},
): RunReport {
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
        else at += size;
      }
    }
  }
  return shortest;
}
