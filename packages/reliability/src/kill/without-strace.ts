import { goOn, withSite } from "../command-line/go-on.ts";
import { sweep } from "../command-line/sweep.ts";
import { Tally } from "../command-line/Tally.ts";
import type { PartReport } from "../part.ts";

/** Less than with system calls: where the process is slow to be seen, some come too late. */
const LEAST_POINTS = 50;

/** Moments that a run is killed at, spread over the time that one takes. */
const MOMENTS = { short: 80, full: 400 };

/**
 * Where system calls cannot be interfered with: killed as soon as the n-th line of its output is seen, which is the n-th event
 * of its journal, and at moments of its life. Less exact, since the process is a little further by then.
 */
export async function killWithoutStrace(reason: string, full: boolean): Promise<PartReport> {
  const tally = new Tally();
  const began = performance.now();
  await withSite((site) => site.run());
  const tookMs = performance.now() - began;
  const momentCount = full ? MOMENTS.full : MOMENTS.short;
  const [lines = 0, moments = 0] = await sweep([
    { first: 1, every: 1, try: (n) => killAtLine(tally, n) },
    {
      first: 1,
      every: 1,
      try: (n) =>
        n > momentCount ? Promise.resolve(false) : killAtMoment(tally, (n / momentCount) * tookMs),
    },
  ]);
  return tally.report(
    [
      `${reason}: killed from outside instead, at ${lines} lines of output and ${moments} moments of ${tookMs.toFixed(0)} ms`,
    ],
    LEAST_POINTS,
  );
}

function killAtLine(tally: Tally, n: number): Promise<boolean> {
  return tally.judge(`line ${n}`, () =>
    withSite(async (site) => {
      const ended = await site.run({
        watch: ({ kill, onLine }) => onLine((lineNumber) => lineNumber === n && kill()),
      });
      return ended.signal === "SIGKILL" ? goOn(site, [{ ended, found: site.look() }]) : undefined;
    }),
  );
}

// One that has ended by itself before its moment counts for nothing, and does not end the series.
async function killAtMoment(tally: Tally, afterMs: number): Promise<boolean> {
  await tally.judge(`after ${afterMs.toFixed(0)} ms`, () =>
    withSite(async (site) => {
      let timer: NodeJS.Timeout | undefined;
      const ended = await site.run({
        watch: ({ kill }) => {
          timer = setTimeout(kill, afterMs);
        },
      });
      clearTimeout(timer);
      return ended.signal === "SIGKILL" ? goOn(site, [{ ended, found: site.look() }]) : undefined;
    }),
  );
  return true;
}
