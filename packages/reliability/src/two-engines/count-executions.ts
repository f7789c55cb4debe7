import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openSqliteStorage } from "@automatosx/workflow";

/**
 * Compares the agent calls with the journals. Every execution must be a different attempt, and none
 * may follow the step's recorded completion.
 */
export function countExecutions(
  folder: string,
  stepCount: number,
): { readonly executions: number; readonly faults: readonly string[] } {
  const calls = readFileSync(join(folder, "calls.txt"), "utf8").trim().split("\n");
  const storage = openSqliteStorage({ path: join(folder, "shared.db") });
  try {
    const completed = storage
      .listRuns({})
      .flatMap(({ runId }) =>
        [...storage.readJournal(runId)].filter(({ type }) => type === "step_completed"),
      );
    const recorded = completed.map(({ runId, stepId = "", attemptNumber = 0 }) => ({
      step: `${runId}/${stepId}`,
      attemptNumber,
    }));
    const missing =
      recorded.length === stepCount
        ? []
        : [`${recorded.length} of ${stepCount} steps are recorded`];
    return { executions: calls.length, faults: [...missing, ...executionFaults(calls, recorded)] };
  } finally {
    storage.close();
  }
}

interface RecordedStep {
  /** `run/step`. */
  readonly step: string;
  readonly attemptNumber: number;
}

/** `calls` contains `run/step#attempt` for each execution. */
export function executionFaults(
  calls: readonly string[],
  recorded: readonly RecordedStep[],
): string[] {
  const faults: string[] = [];
  const last = new Map<string, number>();
  for (const { step, attemptNumber } of recorded) {
    if (last.has(step)) faults.push(`${step} is recorded twice`);
    last.set(step, attemptNumber);
  }
  const seen = new Set<string>();
  for (const call of calls) {
    const [step = "", attempt = ""] = call.split("#");
    if (seen.has(call)) faults.push(`${call} was executed twice`);
    seen.add(call);
    if (!last.has(step)) faults.push(`${call} was executed but is not recorded`);
    else if (Number(attempt) > (last.get(step) ?? 0))
      faults.push(`${call} was executed after attempt ${last.get(step)} was recorded`);
  }
  return faults;
}
