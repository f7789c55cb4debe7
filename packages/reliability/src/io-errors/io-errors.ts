import { goOn, withSite } from "../command-line/go-on.ts";
import { faultsOfSpeech } from "../command-line/speech.ts";
import { countCalls, straceOn, trace, whyNoStrace } from "../command-line/strace.ts";
import { type Series, sweep } from "../command-line/sweep.ts";
import { Tally } from "../command-line/Tally.ts";
import type { Part } from "../part.ts";

/** What can be wrong with a call: the disk is full or broken, someone may not, or has too many files open. */
const ERRORS: Readonly<Record<string, readonly string[]>> = {
  openat: ["EACCES", "EMFILE", "EIO", "ENOSPC"],
  mkdir: ["EACCES", "EIO", "ENOSPC"],
  pwrite64: ["ENOSPC", "EIO"],
  fsync: ["EIO", "ENOSPC"],
  fdatasync: ["EIO", "ENOSPC"],
  ftruncate: ["EIO", "ENOSPC"],
};
const OTHERS = ["EACCES", "EIO"];

/** In the short form one in so many writes is failed, in each of the ways. */
const EVERY_WRITE = 16;
const EVERY_FSYNC = 3;
const LEAST_POINTS = 50;

/** R3: each of the calls by which the built command line changes its database fails, once or from then on. */
export const ioErrors: Part = {
  name: "io-errors",
  async run({ full }) {
    const reason = whyNoStrace();
    if (reason !== undefined)
      return {
        triedCount: 0,
        failures: [],
        lines: [`not tried: ${reason}, and nothing else makes a call fail from outside`],
      };
    const tally = new Tally();
    const exits = new Map<number | null, number>();
    const counts = await withSite(countCalls);
    // A call that fails once, and one that fails from then on; the short form takes them in turn.
    const ways = [...counts.keys()]
      .flatMap((syscall) =>
        (ERRORS[syscall] ?? OTHERS).flatMap((error) =>
          ["", "+"].map((rest) => ({ syscall, error, rest })),
        ),
      )
      .filter((_, index) => full || index % 4 === 0 || index % 4 === 3);
    const series = ways.map(({ syscall, error, rest }, index): Series => {
      const every = full
        ? 1
        : syscall === "pwrite64"
          ? EVERY_WRITE
          : syscall === "fsync"
            ? EVERY_FSYNC
            : 1;
      // Each way begins elsewhere, so that together they come to more places.
      const first = 1 + ((index * 5) % every);
      return {
        first,
        every,
        try: (n) => failAt(tally, exits, syscall, `error=${error}:when=${n}${rest}`),
      };
    });
    const reached = await sweep(series);
    const bySyscall = [...counts.keys()].map((name) => {
      const sum = reached.reduce(
        (total, count, index) => (ways[index]?.syscall === name ? total + count : total),
        0,
      );
      return `${name} ${sum}`;
    });
    return tally.report(
      [
        `failed at ${bySyscall.join(", ")}; each with ENOSPC, EIO, EACCES or EMFILE as fits, once and from there on`,
        `exit codes: ${[...exits]
          .sort(([one], [other]) => Number(one) - Number(other))
          .map(([exitCode, count]) => `${exitCode} ${count} times`)
          .join(", ")}`,
        ...(full
          ? []
          : [
              `short form: each error once or from there on, and one in ${EVERY_WRITE} pwrite64 and in ${EVERY_FSYNC} fsync for each error; --full takes all`,
            ]),
      ],
      LEAST_POINTS,
    );
  },
};

/** Has the call fail, and judges. False when the run made no such call. */
function failAt(
  tally: Tally,
  exits: Map<number | null, number>,
  syscall: string,
  injection: string,
): Promise<boolean> {
  const where = `${syscall} ${injection}`;
  return tally.judge(where, () =>
    withSite(async (site) => {
      const ended = await site.run({ under: straceOn(site, [syscall], injection) });
      if (!trace(site).includes("(INJECTED)")) return undefined;
      exits.set(ended.exitCode, (exits.get(ended.exitCode) ?? 0) + 1);
      for (const fault of faultsOfSpeech(ended)) tally.fail(where, fault);
      return goOn(site, [{ ended, found: site.look() }]);
    }),
  );
}
