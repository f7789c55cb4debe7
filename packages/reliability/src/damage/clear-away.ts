import { applyRetention, openSqliteStorage, WorkflowError } from "@automatosx/workflow";
import { type Answer, resume } from "./look.ts";

/** More transactions than three runs need, by far. */
const MOST_TURNS = 3000;

/** What is wrong after everything that is over was removed from a damaged database: it comes to an end, and harms no other run. */
export async function clearAway(path: string, killed: string, ending: Answer): Promise<string[]> {
  let turns = 0;
  const enough = new AbortController();
  const afterTurn = (action: () => void): (() => void) => {
    turns += 1;
    if (turns > MOST_TURNS) enough.abort();
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
        { signal: enough.signal, clock },
      );
    } finally {
      storage.close();
    }
  } catch (error) {
    if (enough.signal.aborted) return ["it does not come to an end"];
    if (!(error instanceof WorkflowError)) return [(error as Error).stack ?? String(error)];
  }
  const resumed = await resume(path, killed);
  if ("crash" in resumed) return [resumed.crash];
  return "refusal" in resumed || JSON.stringify(resumed) === JSON.stringify(ending)
    ? []
    : ["the killed run ended otherwise"];
}
