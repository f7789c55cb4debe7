import { goOn, withSite } from "../command-line/go-on.ts";
import { countCalls, straceOn, whyNoStrace } from "../command-line/strace.ts";
import { type Series, sweep } from "../command-line/sweep.ts";
import { Tally } from "../command-line/Tally.ts";
import type { Part } from "../part.ts";
import { killWithoutStrace } from "./without-strace.ts";

/** In the short form every so-manieth write is taken; of all other calls each one. */
const EVERY_WRITE = 2;
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
    const every = full ? 1 : EVERY_WRITE;
    // The place to begin moves from day to day, so that the short form comes to all of them.
    const first = 1 + (Math.floor(Date.now() / DAY_MS) % every);
    const once = [...counts.keys()].map((syscall): readonly [string, Series] => [
      syscall,
      { ...(syscall === "pwrite64" ? { first, every } : { first: 1, every: 1 }), try: (n) => killOnce(tally, syscall, n) },
    ]);
    const twice = (full ? ["fsync", "pwrite64"] : ["fsync"]).map((syscall): readonly [string, Series] => [
      `${syscall} of the resume`,
      { first: 1, every: 1, try: (n) => killTwice(tally, syscall, n) },
    ]);
    const series = [...once, ...twice];
    const reached = await sweep(series.map(([, each]) => each));
    const short = `short form: one in ${every} of about ${counts.get("pwrite64")} pwrite64, today from number ${first} on; --full takes all`;
    const lines = [`killed at ${series.map(([name], index) => `${name} ${reached[index]}`).join(", ")}`, ...(full ? [] : [short])];
    return tally.report(lines, LEAST_POINTS);
  },
};

/** Kills a run at the `n`th `syscall`, resumes it, and judges. False when the run came to its end first. */
async function killOnce(tally: Tally, syscall: string, n: number): Promise<boolean> {
  return withSite(async (site) => {
    const ended = await site.run({ under: straceOn(site, [syscall], `signal=KILL:when=${n}`) });
    if (ended.signal !== "SIGKILL") return false;
    await tally.judge(`${syscall} ${n}`, () => goOn(site, [{ ended, found: site.look() }]));
    return true;
  });
}

/** The call of a run at which it has some steps behind it and some in flight. */
const HALF_WAY = "signal=KILL:when=9";

async function killTwice(tally: Tally, syscall: string, n: number): Promise<boolean> {
  return withSite(async (site) => {
    const first = { ended: await site.run({ under: straceOn(site, ["fsync"], HALF_WAY) }), found: site.look() };
    if (first.found.runId === undefined) throw new Error("the first of two kills came before the run was recorded");
    const ended = await site.resume(first.found.runId, { under: straceOn(site, [syscall], `signal=KILL:when=${n}`) });
    if (ended.signal !== "SIGKILL") return false;
    await tally.judge(`${syscall} ${n} of the resume`, () => goOn(site, [first, { ended, found: site.look() }]));
    return true;
  });
}
