import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { type CrashSite } from "../command-line/CrashSite.ts";
import { goOn, withSite } from "../command-line/go-on.ts";
import { type Ended, reportedSteps } from "../command-line/output.ts";
import { faultsOfSpeech } from "../command-line/speech.ts";
import { type Series, sweep } from "../command-line/sweep.ts";
import { Tally } from "../command-line/Tally.ts";
import type { Part } from "../part.ts";

/** Sizes that are tried, in KiB: one page apart in the long form. */
const STEP_KIB = { short: 20, full: 4 };
const LEAST_POINTS = 20;

/** Room enough for the run to go on, in KiB. */
const ROOM_KIB = 16_384;

/** R4: the database has too little room, on a file system of its own and by a limit on the size of files; then it has more. */
export const diskFull: Part = {
  name: "disk-full",
  async run({ full }) {
    const tally = new Tally();
    const endings = { "exit code 5, nothing recorded": 0, paused: 0 };
    const stepKib = full ? STEP_KIB.full : STEP_KIB.short;
    const tryAll = (disturb: Disturb): Series => ({
      first: 1,
      every: 1,
      try: async (n) => {
        const exitCode = await fillUp(tally, n * stepKib, disturb);
        if (exitCode === 3) endings.paused += 1;
        if (exitCode === 5) endings["exit code 5, nothing recorded"] += 1;
        return exitCode !== 0;
      },
    });
    const noMount = await withSite((site) => Promise.resolve(whyNoMount(site)));
    const disturbances = [...(noMount === undefined ? [onSmallDisk] : []), withFileLimit];
    const reached = await sweep(disturbances.map(tryAll));
    const named = disturbances.map(
      ({ what }, index) => `${what}: ${reached[index]} sizes ${stepKib} KiB apart, until there was room for all`,
    );
    if (endings.paused === 0) tally.fail("count", "no run was paused");
    const ways = Object.entries(endings).map(([name, count]) => `${name} ${count}`);
    return tally.report(
      [...named, ways.join(", "), ...(noMount === undefined ? [] : [`no small disk was tried: ${noMount}`])],
      LEAST_POINTS,
    );
  },
};

interface Disturb {
  readonly what: string;
  /** Runs with so much room; then takes the limit away for what follows. */
  readonly run: (site: CrashSite, kib: number) => Promise<Ended>;
  readonly end: (site: CrashSite) => void;
}

const onSmallDisk: Disturb = {
  what: "small disk",
  async run(site, kib) {
    mkdirSync(site.kept);
    mount(site, kib);
    const ended = await site.run();
    mount(site, ROOM_KIB, "remount,");
    return ended;
  },
  end: (site) => void spawnSync("umount", [site.kept]),
};

// With the signal ignored, a write beyond the limit fails with EFBIG.
const withFileLimit: Disturb = {
  what: "limit on the size of files",
  run: (site, kib) => site.run({ under: ["bash", "-c", `trap '' XFSZ; ulimit -f ${kib}; exec "$@"`, "bash"] }),
  end: () => undefined,
};

/** Gives the exit code of the run that had too little room; 0 when it had enough. */
async function fillUp(tally: Tally, kib: number, disturb: Disturb): Promise<number | null> {
  return withSite(async (site) => {
    try {
      const ended = await disturb.run(site, kib);
      if (ended.exitCode === 0) return 0;
      const where = `${disturb.what} ${kib} KiB`;
      for (const fault of faultsOfSpeech(ended)) tally.fail(where, fault);
      await tally.judge(where, () => {
        const found = site.look();
        const [told, stored] = [reportedSteps(ended.stdout).sort().join(), [...found.completed].sort().join()];
        if (told !== stored) tally.fail(where, `told are the steps [${told}], stored are [${stored}]`);
        return goOn(site, [{ ended, found }]);
      });
      return ended.exitCode;
    } finally {
      disturb.end(site);
    }
  });
}

function whyNoMount(site: CrashSite): string | undefined {
  mkdirSync(site.kept);
  try {
    mount(site, ROOM_KIB);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  } finally {
    onSmallDisk.end(site);
  }
}

function mount(site: CrashSite, kib: number, how = ""): void {
  const { error, status, stderr } = spawnSync("mount", ["-t", "tmpfs", "-o", `${how}size=${kib}k`, "none", site.kept], {
    encoding: "utf8",
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(stderr.trim().split("\n")[0] ?? "mount failed");
}
