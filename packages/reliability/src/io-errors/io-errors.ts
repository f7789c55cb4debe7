import { withSite } from "../command-line/CrashSite.ts";
import { errorReportFaults } from "../command-line/error-report.ts";
import { resumeAndJudge } from "../command-line/resume-and-judge.ts";
import { countCalls, straceOn, traceText, whyNoStrace } from "../command-line/strace.ts";
import { type Series, sweep } from "../command-line/sweep.ts";
import { Tally } from "../command-line/Tally.ts";
import type { Part } from "../part.ts";

/**
 * The errors that each call can return: a full or broken disk, missing permission, too many open
 * files.
 */
const ERRORS: Readonly<Record<string, readonly string[]>> = {
  openat: ["EACCES", "EMFILE", "EIO", "ENOSPC"],
  mkdir: ["EACCES", "EIO", "ENOSPC"],
  pwrite64: ["ENOSPC", "EIO"],
  fsync: ["EIO", "ENOSPC"],
  fdatasync: ["EIO", "ENOSPC"],
  ftruncate: ["EIO", "ENOSPC"],
};
const OTHER_ERRORS = ["EACCES", "EIO"];

/**
 * For each error, the short form tries every nth of these calls and all calls of the other kinds.
 */
const INTERVALS: Readonly<Record<string, number>> = { pwrite64: 16, fsync: 3 };
const LEAST_POINTS = 50;

/** One way to make a system call fail. */
interface Fault {
  readonly syscall: string;
  readonly error: string;
  /** "" if one call fails; "+" if all later calls fail too. */
  readonly rest: string;
}

/**
 * R3: makes each system call fail with which the built CLI changes its database, either
 * once or from that call on.
 */
export const ioErrors: Part = {
  name: "io-errors",
  async run({ full }) {
    const reason = whyNoStrace();
    if (reason !== undefined)
      return {
        triedCount: 0,
        failures: [],
        lines: [`not tried: ${reason}, and only strace can make a call fail from outside`],
      };
    const tally = new Tally();
    const exits = new Map<number | null, number>();
    const syscalls = [...(await withSite(countCalls)).keys()];
    const faults = faultsOf(syscalls, full);
    const series = faults.map(({ syscall, error, rest }, index): Series => {
      const every = full ? 1 : (INTERVALS[syscall] ?? 1);
      // Each fault starts at a different point, so that together the faults cover more points.
      const first = 1 + ((index * 5) % every);
      return {
        first,
        every,
        try: (n) => failAt(tally, exits, syscall, `error=${error}:when=${n}${rest}`),
      };
    });
    const reached = await sweep(series);
    return tally.report(linesOf(syscalls, faults, reached, exits, full), LEAST_POINTS);
  },
};

/** The faults to try. The short form uses one per error, alternately a single and a lasting one. */
function faultsOf(syscalls: readonly string[], full: boolean): Fault[] {
  return syscalls
    .flatMap((syscall) =>
      (ERRORS[syscall] ?? OTHER_ERRORS).flatMap((error) =>
        ["", "+"].map((rest) => ({ syscall, error, rest })),
      ),
    )
    .filter((_, index) => full || index % 4 === 0 || index % 4 === 3);
}

function linesOf(
  syscalls: readonly string[],
  faults: readonly Fault[],
  reached: readonly number[],
  exits: ReadonlyMap<number | null, number>,
  full: boolean,
): string[] {
  const bySyscall = syscalls.map((name) => {
    const counts = reached.filter((_, index) => faults[index]?.syscall === name);
    return `${counts.reduce((sum, count) => sum + count, 0)} ${name}`;
  });
  const byExitCode = [...exits]
    .sort(([one], [other]) => Number(one) - Number(other))
    .map(([exitCode, count]) => `${exitCode} ${count} times`);
  const intervals = Object.entries(INTERVALS).map(
    ([name, interval]) => `one ${name} in ${interval}`,
  );
  return [
    `failed calls: ${bySyscall.join(", ")}; each with the errors it can return, once or from ` +
      "then on",
    `exit codes: ${byExitCode.join(", ")}`,
    ...(full
      ? []
      : [
          `short form: each error either once or lasting, and for each error ` +
            `${intervals.join(" and ")}; --full tries all`,
        ]),
  ];
}

/**
 * Injects the fault, resumes the run and judges the result. Resolves to false if the run did not
 * make this call.
 */
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
      if (!traceText(site).includes("(INJECTED)")) return undefined;
      exits.set(ended.exitCode, (exits.get(ended.exitCode) ?? 0) + 1);
      for (const fault of errorReportFaults(ended)) tally.fail(where, fault);
      return resumeAndJudge(site, [{ ended, found: site.readFound() }]);
    }),
  );
}
