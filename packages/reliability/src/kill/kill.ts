import { goOn, withSite } from "../command-line/go-on.ts";
import { countCalls, straceOn, whyNoStrace } from "../command-line/strace.ts";
import { type Series, sweep } from "../command-line/sweep.ts";
import { Tally } from "../command-line/Tally.ts";
import type { Part } from "../part.ts";
import { killWithoutStrace } from "./without-strace.ts";

/** In the short form one in so many writes is taken, of a run and of its resume; of all other calls each one. */
const EVERY_WRITE = { run: 3, resume: 5 };
const LEAST_POINTS = 100;
const DAY_MS = 86_400_000;

/** R1: the built command line is killed as it is about to make each of the calls by which it changes its database, then resumed. */
export const kill: Part = {
  name: "kill",
  async run({ full }) {
    const reason = whyNoStrace();
    if (reason !== undefined) return killWithoutStrace(reason, full);
    const tally = new Tally();
    const counts = await withSite(countCalls);
    // The place to begin moves from day to day, so that the short form comes to all of them.
    const day = Math.floor(Date.now() / DAY_MS);
    const placesOf = (syscall: string, everyWrite: number): Pick<Series, "first" | "every"> => {
      const every = full || syscall !== "pwrite64" ? 1 : everyWrite;
      return { first: 1 + (day % every), every };
    };
    const once = [...counts.keys()].map((syscall): readonly [string, Series] => [
      syscall,
      { ...placesOf(syscall, EVERY_WRITE.run), try: (n) => killOnce(tally, syscall, n) },
    ]);
    const twice = ["fsync", "pwrite64"].map((syscall): readonly [string, Series] => [
      `${syscall} of the resume`,
      { ...placesOf(syscall, EVERY_WRITE.resume), try: (n) => killTwice(tally, syscall, n) },
    ]);
    const series = [...once, ...twice];
    const reached = await sweep(series.map(([, each]) => each));
    const { run, resume } = EVERY_WRITE;
    const short = `short form: one in ${run} of about ${counts.get("pwrite64")} pwrite64, one in ${resume} of the resume's, beginning elsewhere each day; --full takes all`;
    const lines = [
      `killed at ${series.map(([name], index) => `${name} ${reached[index]}`).join(", ")}`,
      ...(full ? [] : [short]),
    ];
    return tally.report(lines, LEAST_POINTS);
  },
};

/** Kills a run at the `n`th `syscall`, resumes it, and judges. False when the run came to its end first. */
function killOnce(tally: Tally, syscall: string, n: number): Promise<boolean> {
  return tally.judge(`${syscall} ${n}`, () =>
    withSite(async (site) => {
      const ended = await site.run({ under: straceOn(site, [syscall], `signal=KILL:when=${n}`) });
      return ended.signal === "SIGKILL" ? goOn(site, [{ ended, found: site.look() }]) : undefined;
    }),
  );
}

/** The call of a run at which it has some steps behind it and some in flight. */
const HALF_WAY = "signal=KILL:when=9";

function killTwice(tally: Tally, syscall: string, n: number): Promise<boolean> {
  return tally.judge(`${syscall} ${n} of the resume`, () =>
    withSite(async (site) => {
      const first = {
        ended: await site.run({ under: straceOn(site, ["fsync"], HALF_WAY) }),
        found: site.look(),
      };
      if (first.found.runId === undefined)
        throw new Error("the first of two kills came before the run was recorded");
      const ended = await site.resume(first.found.runId, {
        under: straceOn(site, [syscall], `signal=KILL:when=${n}`),
      });
      return ended.signal === "SIGKILL"
        ? goOn(site, [first, { ended, found: site.look() }])
        : undefined;
    }),
  );
}
