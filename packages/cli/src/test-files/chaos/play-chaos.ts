import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import type { Case } from "../Case.js";
import type { Mismatch } from "../compare.js";
import { compareReports } from "./compare-reports.js";
import type { KillPoint } from "./fatal-storage.js";
import type { JobReport, NamedCommit } from "./job.js";
import type { Players } from "./Player.js";

/** Which kills a case is played with. */
export interface ChaosOptions {
  /** The processes that play it. */
  readonly players: Players;
  /** How many kills at most, spread over the case; by default two for each commit. */
  readonly most?: number | undefined;
  /** The only kill. */
  readonly only?: KillPoint | undefined;
  /** Ends the playing early. */
  readonly signal?: AbortSignal | undefined;
}

/** A kill after which a case does not go as it does undisturbed. */
export interface BrokenKill {
  readonly point: KillPoint;
  /** What the commit records: `step_completed draft`. */
  readonly entries: readonly string[];
  /** The steps whose attempts were interrupted. */
  readonly lost: readonly string[];
  readonly mismatches: readonly Mismatch[];
}

/** How a case went under chaos. */
export interface ChaosOutcome {
  /** How many kills it was played with. */
  readonly killCount: number;
  readonly broken: readonly BrokenKill[];
}

/**
 * Plays a case undisturbed, and then once for each kill: the process is killed next to a commit,
 * and another process continues. Throws if the case cannot be played undisturbed.
 */
export async function playChaos(
  one: Case,
  directory: string,
  options: ChaosOptions,
): Promise<ChaosOutcome> {
  const root = mkdtempSync(join(tmpdir(), "axw-chaos-"));
  try {
    const job = { case: one, directory, folder: join(root, "undisturbed") };
    const end = await options.players.play(job);
    if (end.kind !== "report") throw new Error(end.kind === "error" ? end.message : end.kind);
    const { report } = end;
    if (report.problems.length > 0) throw new Error(report.problems.join("; "));
    const outcome = await playKills(report, options, (point, index) =>
      playKill(one, { directory, folder: join(root, String(index)), point, options }, report),
    );
    if (outcome.broken.length === 0) return outcome;
    const again = await options.players.play({ ...job, folder: join(root, "again") });
    return again.kind === "report" ? withoutUnsteady(outcome, report, again.report) : outcome;
  } finally {
    rmSync(root, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** What a program may return otherwise each time, such as the time that it took. */
const UNSTEADY = /^(?:results\.|files\.|outputs$)/u;

/** Leaves out the differences that two undisturbed plays of the case have as well. */
function withoutUnsteady(outcome: ChaosOutcome, first: JobReport, second: JobReport): ChaosOutcome {
  const unsteady = new Set(
    compareReports(first, second).flatMap(({ at }) => (UNSTEADY.test(at) ? [at] : [])),
  );
  const broken = outcome.broken.flatMap((kill) => {
    const mismatches = kill.mismatches.filter(({ at }) => !unsteady.has(at));
    return mismatches.length === 0 ? [] : [{ ...kill, mismatches }];
  });
  return { ...outcome, broken };
}

async function playKills(
  { commits }: JobReport,
  { most, only, signal }: ChaosOptions,
  play: (point: KillPoint, index: number) => Promise<Omit<BrokenKill, "entries"> | undefined>,
): Promise<ChaosOutcome> {
  const points = only === undefined ? sampleOf(killPoints(commits), most) : [only];
  const queue = points.entries();
  const broken: BrokenKill[] = [];
  let killCount = 0;
  const work = async (): Promise<void> => {
    for (const [index, point] of queue) {
      if (signal?.aborted === true) return;
      const found = await play(point, index);
      killCount += 1;
      const { entries = [] } = commits.find(({ number }) => number === point.commit) ?? {};
      if (found !== undefined) broken.push({ ...found, entries });
    }
  };
  const workers = Math.min(availableParallelism(), 4, points.length);
  await Promise.all(Array.from({ length: workers }, work));
  return { killCount, broken: broken.toSorted(inOrder) };
}

function inOrder({ point: one }: BrokenKill, { point: other }: BrokenKill): number {
  return one.commit - other.commit || (one.moment < other.moment ? 1 : -1);
}

function killPoints(commits: readonly NamedCommit[]): KillPoint[] {
  return commits.flatMap(({ number }): KillPoint[] => [
    { commit: number, moment: "before" },
    { commit: number, moment: "after" },
  ]);
}

/** Returns `most` of the points, spread evenly, the first and the last included. */
function sampleOf(points: readonly KillPoint[], most: number | undefined): readonly KillPoint[] {
  if (most === undefined || most >= points.length) return points;
  const step = most === 1 ? 0 : (points.length - 1) / (most - 1);
  const indexes = new Set(Array.from({ length: most }, (_, index) => Math.round(index * step)));
  return points.filter((_, index) => indexes.has(index));
}

async function playKill(
  one: Case,
  {
    directory,
    folder,
    point,
    options: { players },
  }: {
    readonly directory: string;
    readonly folder: string;
    readonly point: KillPoint;
    readonly options: ChaosOptions;
  },
  undisturbed: JobReport,
): Promise<Omit<BrokenKill, "entries"> | undefined> {
  const job = { case: one, directory, folder };
  const first = await players.play({ ...job, kill: point });
  // The order of what happens in one instant may differ, and with it the number of commits.
  const end = first.kind === "killed" ? await players.play(job) : first;
  if (first.kind !== "error") rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  if (end.kind !== "report") {
    const found = end.kind === "error" ? end.message : end.kind;
    const problem = { at: "process", expected: "a case that is played to its end", found };
    return { point, lost: [], mismatches: [problem] };
  }
  const { report } = end;
  const mismatches = compareReports(undisturbed, report);
  const lost = report.lost.map(({ stepId }) => stepId);
  return mismatches.length === 0 ? undefined : { point, lost, mismatches };
}
