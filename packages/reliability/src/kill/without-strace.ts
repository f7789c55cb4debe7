import { withSite } from "../command-line/CrashSite.ts";
import { resumeAndJudge } from "../command-line/resume-and-judge.ts";
import { sweep } from "../command-line/sweep.ts";
import { Tally } from "../command-line/Tally.ts";
import type { PartReport } from "../part.ts";

/** Fewer than with strace, since a kill from outside may come after the process has ended. */
const LEAST_POINTS = 50;

/** The number of moments to kill a run at, spread evenly over its duration. */
const MOMENT_COUNT = { short: 80, full: 400 };

/**
 * Kills runs without strace: when the nth line of output appears, which is the journal's nth event,
 * and at moments spread over the run. This is less exact, since the process keeps running until the
 * signal arrives.
 */
export async function killWithoutStrace(reason: string, full: boolean): Promise<PartReport> {
  const tally = new Tally();
  const began = performance.now();
  await withSite((site) => site.run());
  const durationMs = performance.now() - began;
  const momentCount = full ? MOMENT_COUNT.full : MOMENT_COUNT.short;
  const [lines = 0, moments = 0] = await sweep([
    { first: 1, every: 1, try: (n) => killAtLine(tally, n) },
    {
      first: 1,
      every: 1,
      try: (n) =>
        n > momentCount
          ? Promise.resolve(false)
          : killAtMoment(tally, (n / momentCount) * durationMs),
    },
  ]);
  return tally.report(
    [
      `${reason}, so runs were killed from outside: at ${lines} lines of output ` +
        `and at ${moments} moments within ${durationMs.toFixed(0)} ms`,
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
      return ended.signal === "SIGKILL"
        ? resumeAndJudge(site, [{ ended, found: site.readFound() }])
        : undefined;
    }),
  );
}

// A run that ends before its moment is not counted, and the series continues.
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
      return ended.signal === "SIGKILL"
        ? resumeAndJudge(site, [{ ended, found: site.readFound() }])
        : undefined;
    }),
  );
  return true;
}
