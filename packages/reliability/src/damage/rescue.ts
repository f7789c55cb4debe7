import { rmSync } from "node:fs";
import { openSqliteStorage, RunReader, salvageDatabase, WorkflowError } from "@automatosx/workflow";
import { type Answer, resume } from "./look.ts";

/** The journals of an undamaged database by run, an entry a text. */
export type Journals = ReadonlyMap<string, readonly string[]>;

export function readJournals(path: string): Journals {
  const storage = openSqliteStorage({ path });
  try {
    return new Map(
      storage
        .listRuns()
        .map(({ runId }) => [
          runId,
          [...storage.readJournal(runId)].map((entry) => JSON.stringify(entry)),
        ]),
    );
  } finally {
    storage.close();
  }
}

/** What is wrong with what a salvage makes of a damaged database: nothing may be in it that was never written. */
export async function rescue(
  path: string,
  right: Journals,
  killed: string,
  ending: Answer,
): Promise<string[]> {
  const to = `${path}.rescued`;
  try {
    const { runs, lost } = salvageDatabase({ from: path, to });
    const problems = runs
      .filter(({ status }) => status !== undefined)
      .flatMap(({ runId }) => compare(to, runId, right.get(runId) ?? []));
    for (const run of runs) {
      const isCut = run.keptEntries < (right.get(run.runId)?.length ?? 0);
      if (isCut && run.lost.length === 0 && lost.length === 0)
        problems.push(`run ${run.runId} was cut, and nothing was said`);
    }
    if (!runs.some((run) => run.runId === killed && run.status !== undefined)) return problems;
    const resumed = await resume(to, killed);
    return JSON.stringify(resumed) === JSON.stringify(ending)
      ? problems
      : [...problems, "the rescued run ended otherwise"];
  } catch (error) {
    // A file that is no database any more has nothing to be rescued.
    if (error instanceof WorkflowError && error.code === "database_unusable") return [];
    return [(error as Error).stack ?? String(error)];
  } finally {
    for (const suffix of ["", "-wal", "-shm"]) rmSync(to + suffix, { force: true });
  }
}

function compare(path: string, runId: string, right: readonly string[]): string[] {
  const storage = openSqliteStorage({ path });
  try {
    RunReader.open(storage, runId).catchUp();
    const kept = [...storage.readJournal(runId)].map((entry) => JSON.stringify(entry));
    return kept.every((entry, index) => entry === right[index])
      ? []
      : [`run ${runId} has an entry that was never written`];
  } catch (error) {
    return [`run ${runId}: ${(error as Error).message}`];
  } finally {
    storage.close();
  }
}
