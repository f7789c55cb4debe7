import { Databases } from "./Databases.js";
import { runEngineSeed, type SeedReport } from "./run-seed.js";
import { type FailedSeed, type SeedTotals, totalsOf } from "./seed-totals.js";
import { shrinkEngineSeed } from "./shrink.js";
import { readWorkflow, type WorkflowText } from "./workflows.js";

/** Number of failures that are shrunk and kept with their traces; more would only repeat them. */
const MAX_FAILED = 5;

/** Number of seeds between two progress reports, after each of which the thread may stop. */
const CHUNK = 25;

/** The seeds of one thread: `seedCount` seeds from `firstSeed`. */
export interface Share {
  readonly firstSeed: number;
  readonly seedCount: number;
  readonly workflow?: WorkflowText;
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
  const workflow =
    share.workflow === undefined
      ? undefined
      : readWorkflow(share.workflow.text, share.workflow.format);
  const databases = new Databases();
  const reports: Pick<SeedReport, "endings" | "firedCount" | "makespanMs">[] = [];
  const failed: FailedSeed[] = [];
  let failedCount = 0;
  try {
    for (let index = 0; index < share.seedCount; index += 1) {
      if (index % CHUNK === 0 && isStopped()) break;
      const seed = share.firstSeed + index;
      const options = { seed, databases, ...(workflow !== undefined && { workflow }) };
      const { ok, endings, firedCount, makespanMs } = await runEngineSeed(options);
      reports.push({ endings, firedCount, makespanMs });
      if (!ok) {
        failedCount += 1;
        if (failed.length < MAX_FAILED) failed.push((await shrinkEngineSeed(options)).report);
      }
      if ((index + 1) % CHUNK === 0) onProgress(CHUNK);
    }
  } finally {
    databases.close();
  }
  return totalsOf(reports, failed, failedCount);
}
