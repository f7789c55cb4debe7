import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openSqliteStorage } from "@automatosx/workflow";

/** Holds what agents were called for against the journals: every execution has its own attempt, and none follows a recorded one. */
export function countExecutions(
  folder: string,
  steps: number,
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
      recorded.length === steps ? [] : [`${recorded.length} of ${steps} steps are recorded`];
    return { executions: calls.length, faults: [...missing, ...faultsOf(calls, recorded)] };
  } finally {
    storage.close();
  }
}

interface RecordedStep {
  /** `run/step`. */
  readonly step: string;
  readonly attemptNumber: number;
}

/** `calls` are `run/step#attempt`, one for each execution. */
export function faultsOf(calls: readonly string[], recorded: readonly RecordedStep[]): string[] {
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
    if (!last.has(step)) faults.push(`${call} was executed and is not recorded`);
    else if (Number(attempt) > (last.get(step) ?? 0))
      faults.push(`${call} was executed, though attempt ${last.get(step)} is recorded`);
  }
  return faults;
}
