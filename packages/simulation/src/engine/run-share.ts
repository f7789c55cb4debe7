import { Databases } from "./Databases.js";
import { OneMoreRetry } from "./OneMoreRetry.js";
import type { FailureRates } from "./plan-failures.js";
import { runEngineSeed } from "./run-seed.js";
import { type CountedReport, type FailedSeed, type SeedTotals, totalsOf } from "./seed-totals.js";
import { shrinkEngineSeed } from "./shrink.js";
import { addStepTotals, type StepTotalsById } from "./step-totals.js";
import { readWorkflow, type WorkflowText } from "./workflows.js";

/** Number of failures that are shrunk and kept with their traces; more would only repeat them. */
const MAX_FAILED = 5;

/** Number of seeds between two progress reports. */
const CHUNK = 25;

/** The seeds of one thread: `seedCount` seeds from `firstSeed`. */
export interface Share {
  readonly firstSeed: number;
  readonly seedCount: number;
  readonly workflow?: WorkflowText;
  readonly failureRates?: FailureRates;
  /** Whether to repeat worlds with one more retry. Requires a workflow. */
  readonly triesOneMoreRetry?: boolean;
}

/** The data that a thread receives. The flag becomes 1 when the thread must stop early. */
export interface ThreadData {
  readonly share: Share;
  readonly stopFlag: Int32Array<SharedArrayBuffer>;
}

/** The messages that a thread sends: its progress and, at the end, the totals of its share. */
export type ThreadMessage = { readonly doneCount: number } | { readonly totals: SeedTotals };

/** Runs a share of the seeds in this thread. */
export async function runShare(
  share: Share,
  onProgress: (more: number) => void,
  isStopped: () => boolean,
): Promise<SeedTotals> {
  const workflow = share.workflow && readWorkflow(share.workflow);
  const databases = new Databases();
  const reports: CountedReport[] = [];
  let steps: StepTotalsById = {};
  const retry =
    workflow !== undefined && share.triesOneMoreRetry === true
      ? new OneMoreRetry(workflow)
      : undefined;
  const failed: FailedSeed[] = [];
  let failedCount = 0;
  try {
    for (let index = 0; index < share.seedCount; index += 1) {
      if (isStopped()) break;
      const seed = share.firstSeed + index;
      const options = {
        seed,
        databases,
        ...(workflow !== undefined && { workflow }),
        ...(share.failureRates !== undefined && { failureRates: share.failureRates }),
      };
      const report = await runEngineSeed({ ...options, isStopped });
      if (report.wasStopped) break;
      if (report.ok && (await retry?.repeat(report, { ...options, isStopped })) === false) break;
      const { endings, firedCount, firedKinds, makespanMs } = report;
      reports.push({ endings, firedCount, firedKinds, makespanMs });
      if (workflow !== undefined) steps = addStepTotals([steps, report.steps]);
      if (!report.ok) {
        failedCount += 1;
        if (failed.length < MAX_FAILED) failed.push((await shrinkEngineSeed(options)).report);
      }
      if ((index + 1) % CHUNK === 0) onProgress(CHUNK);
    }
  } finally {
    databases.close();
  }
  for (const [id, gainedRunCount] of retry?.gains ?? []) {
    const totals = steps[id];
    if (totals !== undefined) steps = { ...steps, [id]: { ...totals, gainedRunCount } };
  }
  return totalsOf(reports, steps, failed, failedCount);
}
