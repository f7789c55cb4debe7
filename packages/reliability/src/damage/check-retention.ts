import { applyRetention, openSqliteStorage, WorkflowError } from "@automatosx/workflow";
import { type Answer, resumeRun } from "./ask-database.ts";

/** A limit on transactions, far above what the removal of three runs needs. */
const MAX_TURNS = 3000;

/**
 * Removes every ended run from a damaged database and returns the problems found afterwards.
 * Retention must finish and must not change the killed run.
 */
export async function checkRetention(
  path: string,
  killedRunId: string,
  ending: Answer,
): Promise<string[]> {
  let turns = 0;
  const limit = new AbortController();
  const afterTurn = (action: () => void): (() => void) => {
    turns += 1;
    if (turns > MAX_TURNS) limit.abort();
    const immediate = setImmediate(action);
    return () => clearImmediate(immediate);
  };
  const clock = {
    now: () => Date.now(),
    afterTurn,
    setTimer: (_: number, action: () => void) => afterTurn(action),
  };
  try {
    const storage = openSqliteStorage({ path });
    try {
      await applyRetention(
        storage,
        { maxRunCount: 0, checkpointsPerRun: 1 },
        { signal: limit.signal, clock },
      );
    } finally {
      storage.close();
    }
  } catch (error) {
    if (limit.signal.aborted) return ["retention does not finish"];
    if (!(error instanceof WorkflowError)) return [(error as Error).stack ?? String(error)];
  }
  const resumed = await resumeRun(path, killedRunId);
  if ("crash" in resumed) return [resumed.crash];
  return "refusal" in resumed || JSON.stringify(resumed) === JSON.stringify(ending)
    ? []
    : ["the killed run had a different outcome"];
}
