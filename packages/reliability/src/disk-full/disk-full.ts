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
    const exits = new Map<number | null, number>();
    const stepKib = full ? STEP_KIB.full : STEP_KIB.short;
    const sizesWith = (disturb: Disturb): Series => ({
      first: 1,
      every: 1,
      try: (n) => fillUp(tally, exits, n * stepKib, disturb),
    });
    const noMount = await withSite((site) => Promise.resolve(whyNoMount(site)));
    const disturbances = [...(noMount === undefined ? [onSmallDisk] : []), withFileLimit];
    const reached = await sweep(disturbances.map(sizesWith));
    const named = disturbances.map(
      ({ what }, index) =>
        `${what}: ${reached[index]} sizes ${stepKib} KiB apart, until there was room for all`,
    );
    const pausedCount = exits.get(3) ?? 0;
    if (pausedCount === 0) tally.fail("count", "no run was paused");
    const ways = `paused ${pausedCount} times; refused, before there was a run to pause, ${exits.get(5) ?? 0} times`;
    return tally.report(
      [...named, ways, ...(noMount === undefined ? [] : [`no small disk was tried: ${noMount}`])],
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
  run: (site, kib) =>
    site.run({ under: ["bash", "-c", `trap '' XFSZ; ulimit -f ${kib}; exec "$@"`, "bash"] }),
  end: () => undefined,
};

/** Runs with too little room, then goes on with more. False when there was enough. */
function fillUp(
  tally: Tally,
  exits: Map<number | null, number>,
  kib: number,
  disturb: Disturb,
): Promise<boolean> {
  const where = `${disturb.what} ${kib} KiB`;
  return tally.judge(where, () =>
    withSite(async (site) => {
      try {
        const ended = await disturb.run(site, kib);
        if (ended.exitCode === 0) return undefined;
        exits.set(ended.exitCode, (exits.get(ended.exitCode) ?? 0) + 1);
        for (const fault of faultsOfSpeech(ended)) tally.fail(where, fault);
        const found = site.look();
        const [told, stored] = [
          reportedSteps(ended.stdout).sort().join(),
          [...found.completed].sort().join(),
        ];
        if (told !== stored)
          tally.fail(where, `told are the steps [${told}], stored are [${stored}]`);
        return await goOn(site, [{ ended, found }]);
      } finally {
        disturb.end(site);
      }
    }),
  );
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
  const { error, status, stderr } = spawnSync(
    "mount",
    ["-t", "tmpfs", "-o", `${how}size=${kib}k`, "none", site.kept],
    {
      encoding: "utf8",
    },
  );
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(stderr.trim().split("\n")[0] ?? "mount failed");
}
