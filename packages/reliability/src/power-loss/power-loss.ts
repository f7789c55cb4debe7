import { inWorker } from "../in-worker.ts";
import type { Part, PartReport } from "../part.ts";
import type { StatesReport, StatesRequest } from "./check-states.ts";
import { canRecord, type Recording, record } from "./record.ts";

const WORKERS = 2;
/** Different states of the recording with `durability: "full"`, and of the one that has to lose. */
const STATES = { short: 20_000, full: 200_000 };
const PROCESS_STATES = 2000;
const VERIFIED_SHARE = 5;
const RESUMED = 20;

type Level = "full" | "process";

/**
 * What a power loss leaves. A run is recorded call by call; at each call the files are rebuilt as a disk may have them when
 * the power goes: all that was synced, and none, all, half or torn pieces of the rest.
 */
export const powerLoss: Part = {
  name: "power-loss",
  async run({ full }): Promise<PartReport> {
    if (!canRecord()) {
      return {
        triedCount: 0,
        failures: [],
        lines: ["not tried here: strace is missing (Debian: apt-get install strace)"],
      };
    }
    const wanted = full ? STATES.full : STATES.short;
    const safe = await tryLevel("full", wanted);
    const unsafe = await tryLevel("process", PROCESS_STATES);
    const failures = [...safe.losses, ...safe.wrong, ...unsafe.wrong];
    if (safe.stateCount < wanted)
      failures.push(`only ${safe.stateCount} different states were found, ${wanted} are wanted`);
    if (safe.resumedCount < RESUMED)
      failures.push(`only ${safe.resumedCount} states were resumed, ${RESUMED} are wanted`);
    // Who finds no loss where there must be one would not find one elsewhere either.
    if (unsafe.lossCount === 0)
      failures.push('durability "process" lost nothing: the states are not those of a power loss');
    return {
      triedCount: safe.stateCount + unsafe.stateCount,
      failures,
      lines: [...linesOf(safe), ...linesOf(unsafe)],
    };
  },
};

interface LevelReport extends Omit<StatesReport, "states"> {
  readonly level: Level;
  readonly callCount: number;
  readonly stateCount: number;
}

async function tryLevel(level: Level, stateCount: number): Promise<LevelReport> {
  const recording = record(level);
  const reports = await Promise.all(
    Array.from({ length: WORKERS }, (_, part) => share(recording, level, part, stateCount)),
  );
  const sum = (of: (report: StatesReport) => number): number =>
    reports.reduce((total, report) => total + of(report), 0);
  return {
    level,
    callCount: recording.calls.length,
    // The workers may have met the same state at neighbouring calls.
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

function share(
  recording: Recording,
  durability: Level,
  part: number,
  stateCount: number,
): Promise<StatesReport> {
  // A little more than its share, since some states of one are those of the other too.
  const own = Math.ceil((stateCount * 1.08) / WORKERS);
  const verifyCount = Math.ceil(own / VERIFIED_SHARE);
  const request: StatesRequest = {
    recording,
    durability,
    part,
    of: WORKERS,
    stateCount: own,
    verifyCount,
    resumeCount: RESUMED / WORKERS,
  };
  return inWorker<StatesReport>(new URL("./state-worker.ts", import.meta.url), request);
}

function linesOf(report: LevelReport): string[] {
  const {
    level,
    callCount,
    stateCount,
    comparisonCount,
    verifiedCount,
    resumedCount,
    lossCount,
    mostLost,
    losses,
  } = report;
  const lost =
    lossCount === 0
      ? "nothing lost"
      : `${lossCount} losses, ${mostLost} acknowledged events gone at most`;
  return [
    `durability "${level}": ${stateCount} different states at ${callCount} recorded calls, ${comparisonCount} times held against what was promised: ${lost}`,
    `  rows compared with what was written in all, verified by the storage in ${verifiedCount}, resumed to the end in ${resumedCount}`,
    ...(level === "process" ? losses.slice(0, 1).map((line) => `  as it must be: ${line}`) : []),
  ];
}
