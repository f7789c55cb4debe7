import { rmSync } from "node:fs";
import {
  openSqliteStorage,
  RunReader,
  type StoragePort,
  WorkflowError,
} from "@automatosx/workflow";
import { salvageDatabase } from "@automatosx/workflow/salvage";
import { type Answer, resumeRun } from "./ask-database.ts";

/** What an undamaged database contains of one run. */
interface ExpectedRun {
  readonly status: string;
  /** The entries of its journal; each is JSON text. */
  readonly entries: readonly string[];
  readonly checkpointCount: number;
  /** How many pieces of output its agents wrote. */
  readonly outputCount: number;
}

/** The runs of the undamaged database by id. */
export type Expectation = ReadonlyMap<string, ExpectedRun>;

/** The function under test, which a test may replace by a faulty one. */
export type SalvageFunction = typeof salvageDatabase;

export function readExpectation(path: string): Expectation {
  const storage = openSqliteStorage({ path });
  try {
    return new Map(
      storage.listRuns().map(({ runId, status }) => [
        runId,
        {
          status,
          entries: [...storage.readJournal(runId)].map((entry) => JSON.stringify(entry)),
          ...countsOf(storage, runId),
        },
      ]),
    );
  } finally {
    storage.close();
  }
}

/**
 * Salvages a damaged database and returns the problems found. Each run of the undamaged database
 * must be in the new one as it was, or be reported with a loss; the new database must contain only
 * entries that were written. `earlier` contains the states before each commit if the damage cannot
 * be distinguished from a database that ended there.
 */
export function checkReport(
  path: string,
  expectation: Expectation,
  earlier?: Expectation,
  salvage: SalvageFunction = salvageDatabase,
): { readonly problems: string[]; readonly kept: ReadonlySet<string>; readonly lossCount: number } {
  const to = `${path}.salvaged`;
  const { runs, lost } = salvage({ from: path, to });
  const problems: string[] = [];
  const storage = openSqliteStorage({ path: to });
  try {
    const unnamedCount = runs.filter(({ runId }) => !expectation.has(runId)).length;
    // Nothing mentions a run whose pages are all missing, but the end of the file is then reported.
    const isEarlier = earlier !== undefined;
    const isTruncated = lost.some((what) => what.endsWith("the file ends before it"));
    let missingCount = 0;
    for (const [runId, expected] of expectation) {
      const run = runs.find((one) => one.runId === runId);
      if (run === undefined && (isTruncated || (isEarlier && !earlier.has(runId)))) continue;
      if (run === undefined) {
        missingCount += 1;
        // A run whose id is lost is reported by its number.
        if (missingCount > unnamedCount) problems.push(`run ${runId} is missing from the report`);
        continue;
      }
      if (run.status === undefined) {
        if (run.lost.length === 0) problems.push(`run ${runId} is not kept, but no loss is named`);
        continue;
      }
      const found = readRun(storage, runId);
      if (typeof found === "string") problems.push(`run ${runId}: ${found}`);
      else problems.push(...compareRun(runId, found, run.lost, [expected, earlier?.get(runId)]));
    }
  } finally {
    storage.close();
  }
  const kept = new Set(runs.filter(({ status }) => status).map(({ runId }) => runId));
  const lossCount = lost.length + runs.reduce((sum, run) => sum + run.lost.length, 0);
  return { problems, kept, lossCount };
}

/**
 * Like `checkReport`; in addition, the killed run must end in the new database with the same
 * outcome as an undisturbed run.
 */
export async function checkSalvage(
  path: string,
  expectation: Expectation,
  killedRunId: string,
  ending: Answer,
): Promise<string[]> {
  try {
    const { problems, kept } = checkReport(path, expectation);
    if (!kept.has(killedRunId)) return problems;
    const resumed = await resumeRun(`${path}.salvaged`, killedRunId);
    return JSON.stringify(resumed) === JSON.stringify(ending)
      ? problems
      : [...problems, "the salvaged run had a different outcome"];
  } catch (error) {
    return [(error as Error).stack ?? String(error)];
  } finally {
    removeSalvaged(path);
  }
}

/** Removes the new database of a damaged one. */
export function removeSalvaged(path: string): void {
  for (const suffix of ["", "-wal", "-shm"]) rmSync(`${path}.salvaged${suffix}`, { force: true });
}

function compareRun(
  runId: string,
  found: ExpectedRun,
  lost: readonly string[],
  allowed: readonly (ExpectedRun | undefined)[],
): string[] {
  const [expected] = allowed;
  if (!found.entries.every((entry, index) => entry === expected?.entries[index]))
    return [`run ${runId} has an entry that was never written`];
  if (lost.length > 0) return [];
  const isEqual = allowed.some(
    (one) =>
      one?.status === found.status &&
      one.entries.length === found.entries.length &&
      one.checkpointCount === found.checkpointCount &&
      one.outputCount === found.outputCount,
  );
  return isEqual
    ? []
    : [
        `run ${runId} is reported as complete: ${describeRun(found)} ` +
          `instead of ${expected === undefined ? "none" : describeRun(expected)}`,
      ];
}

function describeRun({ status, entries, checkpointCount, outputCount }: ExpectedRun): string {
  return (
    `${status} with ${entries.length} entries, ${checkpointCount} checkpoints ` +
    `and ${outputCount} pieces of output`
  );
}

function countsOf(
  storage: StoragePort,
  runId: string,
): Pick<ExpectedRun, "checkpointCount" | "outputCount"> {
  return {
    checkpointCount: storage.listCheckpoints(runId).length,
    outputCount: [...storage.readLogs(runId)].length,
  };
}

function readRun(
  storage: ReturnType<typeof openSqliteStorage>,
  runId: string,
): ExpectedRun | string {
  try {
    const { row } = RunReader.open(storage, runId).catchUp();
    const entries = [...storage.readJournal(runId)].map((entry) => JSON.stringify(entry));
    return { status: row.status, entries, ...countsOf(storage, runId) };
  } catch (error) {
    if (error instanceof WorkflowError) return error.message;
    throw error;
  }
}
