import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { type CrashSite, withSite } from "../command-line/CrashSite.ts";
import { errorReportFaults } from "../command-line/error-report.ts";
import { type Ended, reportedSteps } from "../command-line/output.ts";
import { resumeAndJudge } from "../command-line/resume-and-judge.ts";
import { type Series, sweep } from "../command-line/sweep.ts";
import { Tally } from "../command-line/Tally.ts";
import type { Part } from "../part.ts";

/** The difference between two sizes, in KiB. The long form uses steps of one page. */
const STEP_KIB = { short: 20, full: 4 };
const LEAST_POINTS = 20;

/** Space in KiB that is enough for the run to resume and complete. */
const ENOUGH_KIB = 16_384;

/**
 * R4: runs a workflow with too little space, on a small file system and under a file size limit,
 * then resumes it with enough.
 */
export const diskFull: Part = {
  name: "disk-full",
  async run({ full }) {
    const tally = new Tally();
    const exits = new Map<number | null, number>();
    const stepKib = full ? STEP_KIB.full : STEP_KIB.short;
    const sizesWith = (limit: SpaceLimit): Series => ({
      first: 1,
      every: 1,
      try: (n) => fillUp(tally, exits, n * stepKib, limit),
    });
    const noMount = await withSite((site) => Promise.resolve(whyNoMount(site)));
    const limits = [...(noMount === undefined ? [smallDisk] : []), fileSizeLimit];
    const reached = await sweep(limits.map(sizesWith));
    const bySize = limits.map(
      ({ name }, index) =>
        `${name}: ${reached[index]} sizes, ${stepKib} KiB apart, up to the size that the run needs`,
    );
    const pausedCount = exits.get(3) ?? 0;
    if (pausedCount === 0) tally.fail("count", "no run paused");
    const outcomes =
      `${pausedCount} runs paused; ` +
      `${exits.get(5) ?? 0} refused because not even their start could be stored`;
    return tally.report(
      [
        ...bySize,
        outcomes,
        ...(noMount === undefined ? [] : [`small file system: not tried: ${noMount}`]),
      ],
      LEAST_POINTS,
    );
  },
};

/** A way to give a run too little space. */
interface SpaceLimit {
  readonly name: string;
  /** Runs the workflow with `kib` KiB of space, then lifts the limit. */
  readonly run: (site: CrashSite, kib: number) => Promise<Ended>;
  readonly cleanUp: (site: CrashSite) => void;
}

const smallDisk: SpaceLimit = {
  name: "small file system",
  async run(site, kib) {
    mkdirSync(site.databaseFolder);
    mount(site, kib);
    const ended = await site.run();
    mount(site, ENOUGH_KIB, "remount,");
    return ended;
  },
  cleanUp: (site) => void spawnSync("umount", [site.databaseFolder]),
};

// With SIGXFSZ ignored, a write beyond the limit fails with EFBIG instead of ending the process.
const fileSizeLimit: SpaceLimit = {
  name: "file size limit",
  run: (site, kib) =>
    site.run({ under: ["bash", "-c", `trap '' XFSZ; ulimit -f ${kib}; exec "$@"`, "bash"] }),
  cleanUp: () => undefined,
};

/**
 * Runs the workflow with too little space, then resumes it with enough. Resolves to false if the
 * space was enough for the whole run.
 */
function fillUp(
  tally: Tally,
  exits: Map<number | null, number>,
  kib: number,
  limit: SpaceLimit,
): Promise<boolean> {
  const where = `${limit.name} ${kib} KiB`;
  return tally.judge(where, () =>
    withSite(async (site) => {
      try {
        const ended = await limit.run(site, kib);
        if (ended.exitCode === 0) return undefined;
        exits.set(ended.exitCode, (exits.get(ended.exitCode) ?? 0) + 1);
        for (const fault of errorReportFaults(ended)) tally.fail(where, fault);
        const found = site.readFound();
        const reported = reportedSteps(ended.stdout).sort().join();
        const stored = [...found.completed].sort().join();
        if (reported !== stored)
          tally.fail(where, `the steps [${reported}] were reported, but [${stored}] are stored`);
        return await resumeAndJudge(site, [{ ended, found }]);
      } finally {
        limit.cleanUp(site);
      }
    }),
  );
}

function whyNoMount(site: CrashSite): string | undefined {
  mkdirSync(site.databaseFolder);
  try {
    mount(site, ENOUGH_KIB);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  } finally {
    smallDisk.cleanUp(site);
  }
}

function mount(site: CrashSite, kib: number, options = ""): void {
  const { error, status, stderr } = spawnSync(
    "mount",
    ["-t", "tmpfs", "-o", `${options}size=${kib}k`, "none", site.databaseFolder],
    { encoding: "utf8" },
  );
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(stderr.trim().split("\n")[0] ?? "mount failed");
}
