import type { StoragePort, StoredRun } from "@automatosx/workflow/observe";
import type { RunView } from "@automatosx/workflow/run-view";
import { currentHash } from "../current-hash.js";
import { storedSteps } from "../next/run-lines.js";
import { isSimulatedResult } from "../simulation-note.js";
import type { IsSimulated } from "./ProgressView.js";

/** How many earlier runs are read, and how many are looked at to find them. */
const MAX_RUNS = 3;
const MAX_RUNS_LISTED = 20;
/** Larger runs are not read: it would take too long. */
const MAX_STEPS = 1000;

/** How long a step is expected to take, in ms, and where the number comes from. */
interface ExpectedDuration {
  readonly ms: number;
  readonly source: "estimate" | "history";
}

/** What is known about the durations of a run's steps. */
export interface ExpectedDurations {
  /** How many earlier runs of the same definition were read. */
  readonly runCount: number;
  of(stepId: string): ExpectedDuration | undefined;
}

/**
 * How long each step took in earlier runs of the same definition (the median), or else its
 * `estimate`. Simulated results count only for simulated steps, and real ones for real steps.
 */
export function expectedDurations(
  storage: StoragePort,
  { origin }: RunView,
  isSimulated: IsSimulated,
): ExpectedDurations {
  const { runId, definition } = origin;
  const agents = new Map(definition.steps.map(({ id, agentId }) => [id, agentId]));
  const measured = new Map<string, number[]>();
  let runCount = 0;
  for (const earlier of earlierRuns(storage, runId)) {
    let isUsed = false;
    for (const step of storedSteps(storage, earlier.runId)) {
      const { id, status, startedAt, finishedAt, result } = step;
      if (status !== "completed" || startedAt === undefined || finishedAt === undefined) continue;
      if (isSimulatedResult(result) !== isSimulated(agents.get(id) ?? "")) continue;
      isUsed = true;
      const times = measured.get(id) ?? [];
      measured.set(id, times);
      times.push(Math.max(0, finishedAt - startedAt));
    }
    if (isUsed) runCount += 1;
  }
  const known = new Map<string, ExpectedDuration>();
  for (const { id, estimate } of definition.steps) {
    const times = measured.get(id);
    if (times !== undefined) known.set(id, { ms: median(times), source: "history" });
    else if (estimate !== undefined) known.set(id, { ms: estimate, source: "estimate" });
  }
  return { runCount, of: (stepId) => known.get(stepId) };
}

function earlierRuns(storage: StoragePort, runId: string): readonly StoredRun[] {
  const run = storage.getRun(runId);
  if (run === undefined || run.stepCount > MAX_STEPS) return [];
  const { workflowId } = run;
  const hash = currentHash(run);
  return storage
    .listRuns({ workflowId, status: "completed", limit: MAX_RUNS_LISTED })
    .filter((each) => currentHash(each) === hash && each.runId !== runId)
    .slice(0, MAX_RUNS);
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
