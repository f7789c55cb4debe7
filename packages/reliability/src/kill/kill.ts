import { withSite } from "../command-line/CrashSite.ts";
import { resumeAndJudge } from "../command-line/resume-and-judge.ts";
import { countCalls, killedBefore, whyNoStrace } from "../command-line/strace.ts";
import { type Series, sweep } from "../command-line/sweep.ts";
import { Tally } from "../command-line/Tally.ts";
import type { Part } from "../part.ts";
import { killWithoutStrace } from "./without-strace.ts";

/** The short form tries every nth write of a run and of its resume, and all other calls. */
const WRITE_INTERVAL = { run: 3, resume: 5 };
const LEAST_POINTS = 100;
const DAY_MS = 86_400_000;

/**
 * R1: kills the built CLI just before each system call that changes its database, then
 * resumes the run.
 */
export const kill: Part = {
  name: "kill",
  async run({ full }) {
    const reason = whyNoStrace();
    if (reason !== undefined) return killWithoutStrace(reason, full);
    const tally = new Tally();
    const counts = await withSite(countCalls);
    // The first point depends on the date, so that the short forms of a few days together cover
    // every point.
    const day = Math.floor(Date.now() / DAY_MS);
    const pointsOf = (syscall: string, writeInterval: number): Pick<Series, "first" | "every"> => {
      const every = full || syscall !== "pwrite64" ? 1 : writeInterval;
      return { first: 1 + (day % every), every };
    };
    const once = [...counts.keys()].map((syscall): readonly [string, Series] => [
      syscall,
      { ...pointsOf(syscall, WRITE_INTERVAL.run), try: (n) => killOnce(tally, syscall, n) },
    ]);
    const twice = ["fsync", "pwrite64"].map((syscall): readonly [string, Series] => [
      `${syscall} of the resume`,
      { ...pointsOf(syscall, WRITE_INTERVAL.resume), try: (n) => killTwice(tally, syscall, n) },
    ]);
    const series = [...once, ...twice];
    const reached = await sweep(series.map(([, each]) => each));
    const killed = series.map(([name], index) => `${reached[index]} ${name}`).join(", ");
    const { run, resume } = WRITE_INTERVAL;
    const short =
      `short form: one in ${run} of the run's ${counts.get("pwrite64")} pwrite64 calls, one in ` +
      `${resume} of the resume's, from a point that moves daily; --full tries all`;
    return tally.report([`killed before ${killed}`, ...(full ? [] : [short])], LEAST_POINTS);
  },
};

/**
 * Kills a run at its `n`th `syscall`, resumes it and judges the result. Resolves to false if the
 * run ended before that call.
 */
function killOnce(tally: Tally, syscall: string, n: number): Promise<boolean> {
  return tally.judge(`${syscall} ${n}`, () =>
    withSite(async (site) => {
      const ended = await site.run(killedBefore(site, syscall, n));
      return ended.signal === "SIGKILL"
        ? resumeAndJudge(site, [{ ended, found: site.readFound() }])
        : undefined;
    }),
  );
}

/** A call at which some steps have completed and others are in flight. */
const HALFWAY = 9;

function killTwice(tally: Tally, syscall: string, n: number): Promise<boolean> {
  return tally.judge(`${syscall} ${n} of the resume`, () =>
    withSite(async (site) => {
      const first = {
        ended: await site.run(killedBefore(site, "fsync", HALFWAY)),
        found: site.readFound(),
      };
      if (first.found.runId === undefined)
        throw new Error("the first of two kills happened before the run was recorded");
      const ended = await site.resume(first.found.runId, killedBefore(site, syscall, n));
      return ended.signal === "SIGKILL"
        ? resumeAndJudge(site, [first, { ended, found: site.readFound() }])
        : undefined;
    }),
  );
}
