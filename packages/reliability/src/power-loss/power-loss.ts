import { inWorker } from "../in-worker.ts";
import type { Part, PartReport } from "../part.ts";
import type { StatesReport, StatesRequest } from "./check-states.ts";
import { canRecord, type Recording, record } from "./record.ts";

const WORKERS = 2;
/** The number of different states to check for the recording with `durability: "full"`. */
const STATES = { short: 20_000, full: 200_000 };
/** The same for the recording with `durability: "process"`, which must show losses. */
const PROCESS_STATES = 2000;
/** One in five states is verified by the storage. */
const VERIFY_INTERVAL = 5;
const RESUME_COUNT = 20;

type Durability = "full" | "process";

/**
 * R2: records a run call by call. For each call, rebuilds the files that a disk may contain if the
 * power is lost at that call: all synced data, and none, all, half or torn pieces of the rest.
 */
export const powerLoss: Part = {
  name: "power-loss",
  async run({ full }): Promise<PartReport> {
    if (!canRecord()) {
      return {
        triedCount: 0,
        failures: [],
        lines: ["not tried: strace is not installed (Debian: apt-get install strace)"],
      };
    }
    const dueCount = full ? STATES.full : STATES.short;
    const safe = await tryDurability("full", dueCount);
    const unsafe = await tryDurability("process", PROCESS_STATES);
    const failures = [...safe.losses, ...safe.wrong, ...unsafe.wrong];
    if (safe.stateCount < dueCount)
      failures.push(`only ${safe.stateCount} of ${dueCount} different states were found`);
    if (safe.resumedCount < RESUME_COUNT)
      failures.push(`only ${safe.resumedCount} of ${RESUME_COUNT} states were resumed`);
    // A harness that does not find losses here would not find them elsewhere either.
    if (unsafe.lossCount === 0)
      failures.push('durability "process" lost nothing, so the states do not model a power loss');
    return {
      triedCount: safe.stateCount + unsafe.stateCount,
      failures,
      lines: [...linesOf(safe), ...linesOf(unsafe)],
    };
  },
};

interface DurabilityReport extends Omit<StatesReport, "states"> {
  readonly durability: Durability;
  readonly callCount: number;
  readonly stateCount: number;
}

async function tryDurability(
  durability: Durability,
  stateCount: number,
): Promise<DurabilityReport> {
  const recording = record(durability);
  const reports = await Promise.all(
    Array.from({ length: WORKERS }, (_, part) =>
      checkInWorker(recording, durability, part, stateCount),
    ),
  );
  const sum = (of: (report: StatesReport) => number): number =>
    reports.reduce((total, report) => total + of(report), 0);
  return {
    durability,
    callCount: recording.calls.length,
    // Two workers may find the same state at adjacent calls.
    stateCount: new Set(reports.flatMap(({ states }) => states)).size,
    comparisonCount: sum((report) => report.comparisonCount),
    verifiedCount: sum((report) => report.verifiedCount),
    resumedCount: sum((report) => report.resumedCount),
    lossCount: sum((report) => report.lossCount),
    mostLost: Math.max(...reports.map(({ mostLost }) => mostLost)),
    losses: reports.flatMap(({ losses }) => losses),
    wrong: reports.flatMap(({ wrong }) => wrong),
  };
}

function checkInWorker(
  recording: Recording,
  durability: Durability,
  part: number,
  stateCount: number,
): Promise<StatesReport> {
  // A little more than each worker's share, since both workers find some of the same states.
  const share = Math.ceil((stateCount * 1.08) / WORKERS);
  const request: StatesRequest = {
    recording,
    durability,
    part,
    of: WORKERS,
    stateCount: share,
    verifyCount: Math.ceil(share / VERIFY_INTERVAL),
    resumeCount: RESUME_COUNT / WORKERS,
  };
  return inWorker<StatesReport>(new URL("./state-worker.ts", import.meta.url), request);
}

function linesOf(report: DurabilityReport): string[] {
  const { durability, stateCount, verifiedCount, lossCount, losses } = report;
  const lost =
    lossCount === 0
      ? "nothing lost"
      : `${lossCount} losses of at most ${report.mostLost} acknowledged events`;
  return [
    `durability "${durability}": ${stateCount} different states at ${report.callCount} calls, ` +
      `compared ${report.comparisonCount} times with the promises: ${lost}`,
    `  rows checked in every state, storage verified in ${verifiedCount}, ` +
      `run resumed in ${report.resumedCount}`,
    ...(durability === "process" ? losses.slice(0, 1).map((line) => `  as expected: ${line}`) : []),
  ];
}
