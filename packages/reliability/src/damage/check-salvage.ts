import { rmSync } from "node:fs";
import { openSqliteStorage, RunReader, salvageDatabase, WorkflowError } from "@automatosx/workflow";
import { type Answer, resumeRun } from "./ask-database.ts";

/** The journals of the undamaged database by run id; each entry is JSON text. */
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

/**
 * Salvages a damaged database and returns the problems found in the new one. The new database must
 * contain only entries that were written, and the killed run must end in it with the same outcome
 * as an undisturbed run.
 */
export async function checkSalvage(
  path: string,
  undamaged: Journals,
  killedRunId: string,
  ending: Answer,
): Promise<string[]> {
  const to = `${path}.salvaged`;
  try {
    const { runs, lost } = salvageDatabase({ from: path, to });
    const problems = runs
      .filter(({ status }) => status !== undefined)
      .flatMap(({ runId }) => compareJournal(to, runId, undamaged.get(runId) ?? []));
    for (const run of runs) {
      const isCut = run.keptEntries < (undamaged.get(run.runId)?.length ?? 0);
      if (isCut && run.lost.length === 0 && lost.length === 0)
        problems.push(`run ${run.runId} was cut short, but no loss was reported`);
    }
    if (!runs.some((run) => run.runId === killedRunId && run.status !== undefined)) return problems;
    const resumed = await resumeRun(to, killedRunId);
    return JSON.stringify(resumed) === JSON.stringify(ending)
      ? problems
      : [...problems, "the salvaged run had a different outcome"];
  } catch (error) {
    // A file that is no longer recognizable as a database cannot be salvaged.
    if (error instanceof WorkflowError && error.code === "database_unusable") return [];
    return [(error as Error).stack ?? String(error)];
  } finally {
    for (const suffix of ["", "-wal", "-shm"]) rmSync(to + suffix, { force: true });
  }
}

function compareJournal(path: string, runId: string, undamaged: readonly string[]): string[] {
  const storage = openSqliteStorage({ path });
  try {
    RunReader.open(storage, runId).catchUp();
    const kept = [...storage.readJournal(runId)].map((entry) => JSON.stringify(entry));
    return kept.every((entry, index) => entry === undamaged[index])
      ? []
      : [`run ${runId} has an entry that was never written`];
  } catch (error) {
    return [`run ${runId}: ${(error as Error).message}`];
  } finally {
    storage.close();
  }
}
