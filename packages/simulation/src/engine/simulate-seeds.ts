import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { Databases } from "./Databases.js";
import type { SeedReport } from "./run-seed.js";
import { runSeed } from "./run-seed.js";
import { shrink } from "./shrink.js";
import { readWorkflow, type WorkflowText } from "./workflows.js";

export interface SimulateOptions {
  /** Default 1. */
  readonly firstSeed?: number;
  readonly seedCount: number;
  /** Without one, every seed makes up a small workflow of its own. */
  readonly workflow?: WorkflowText;
  /** Threads; by default one for each processor, fewer for few seeds. 0 runs all in the calling thread. */
  readonly workers?: number;
  /** Ends early, with what there is by then. */
  readonly signal?: AbortSignal;
  /** Told now and then how many seeds are done. */
  readonly onProgress?: (doneCount: number) => void;
}

/** A seed that failed, with as few faults as it takes. */
export interface FailedSeed {
  readonly seed: number;
  readonly failures: readonly string[];
  readonly faults: readonly string[];
  readonly trace: readonly string[];
}

/** What many seeds came to. */
export interface SeedTotals {
  readonly seedCount: number;
  readonly runCount: number;
  /** Faults that came to pass. */
  readonly faultCount: number;
  readonly endings: Readonly<Record<"completed" | "failed" | "cancelled" | "open", number>>;
  /** From the first start to the last ending of each seed, in simulated ms, in order of size. */
  readonly makespansMs: readonly number[];
  /** The seeds that failed, at most `MOST_FAILED` of them told in full. */
  readonly failed: readonly FailedSeed[];
  readonly failedCount: number;
}

/** Failures that are shrunk and told; more would only repeat them. */
const MOST_FAILED = 5;

/** Fewer seeds than this are not worth a thread. */
const LEAST_FOR_A_THREAD = 50;

/** Seeds between two looks at whether to stop. */
const CHUNK = 25;

/** What a thread is asked to do: so many seeds from `firstSeed` on. */
interface Share {
  readonly firstSeed: number;
  readonly seedCount: number;
  readonly workflow?: WorkflowText;
}

/** What a thread is given: the flag turns to 1 when it is to stop early. */
export interface ThreadData {
  readonly share: Share;
  readonly stopFlag: Int32Array<SharedArrayBuffer>;
}

/** What a thread tells: that it got on, or what came of its share. */
type Told = { readonly doneCount: number } | { readonly totals: SeedTotals };

/** Runs many seeds, on several threads where there are enough. `invalid_definition` for the text of a workflow. */
export async function simulateSeeds(options: SimulateOptions): Promise<SeedTotals> {
  const { firstSeed = 1, seedCount, workflow } = options;
  const most =
    options.workers ?? Math.min(availableParallelism(), Math.floor(seedCount / LEAST_FOR_A_THREAD));
  const workers = Math.max(1, Math.min(most, seedCount));
  const shares = Array.from({ length: workers }, (_, index): Share => {
    const from = Math.floor((seedCount * index) / workers);
    const to = Math.floor((seedCount * (index + 1)) / workers);
    return {
      firstSeed: firstSeed + from,
      seedCount: to - from,
      ...(workflow !== undefined && { workflow: { text: workflow.text, format: workflow.format } }),
    };
  });
  let doneCount = 0;
  const progress = (more: number): void => {
    doneCount += more;
    options.onProgress?.(doneCount);
  };
  if (most <= 1)
    return runShare(shares[0] as Share, progress, () => options.signal?.aborted === true);
  // Read here first, so that a faulty text is told of as what it is, and not as the failure of a thread.
  if (workflow !== undefined) readWorkflow(workflow.text, workflow.format);
  return addUp(await Promise.all(shares.map((share) => inThread(share, progress, options.signal))));
}

function inThread(
  share: Share,
  progress: (more: number) => void,
  signal: AbortSignal | undefined,
): Promise<SeedTotals> {
  return new Promise((resolve, reject) => {
    const stopFlag = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    const stop = (): void => void Atomics.store(stopFlag, 0, 1);
    signal?.addEventListener("abort", stop, { once: true });
    if (signal?.aborted === true) stop();
    const worker = new Worker(new URL("./seed-worker.js", import.meta.url), {
      workerData: { share, stopFlag } satisfies ThreadData,
    });
    worker.on("message", (told: Told) => {
      if ("totals" in told) resolve(told.totals);
      else progress(told.doneCount);
    });
    worker.on("error", reject);
    worker.on("exit", (code) => {
      signal?.removeEventListener("abort", stop);
      reject(new Error(`a thread of the simulation ended with ${code}`));
    });
  });
}

/** Runs a share of the seeds in this thread. */
export async function runShare(
  share: Share,
  progress: (more: number) => void,
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
      const { ok, endings, firedCount, makespanMs } = await runSeed(options);
      reports.push({ endings, firedCount, makespanMs });
      if (!ok) {
        failedCount += 1;
        if (failed.length < MOST_FAILED) failed.push((await shrink(options)).report);
      }
      if ((index + 1) % CHUNK === 0) progress(CHUNK);
    }
  } finally {
    databases.close();
  }
  const endings = { completed: 0, failed: 0, cancelled: 0, open: 0 };
  for (const report of reports) for (const ending of report.endings) endings[ending] += 1;
  return {
    seedCount: reports.length,
    runCount: reports.reduce((sum, report) => sum + report.endings.length, 0),
    faultCount: reports.reduce((sum, { firedCount }) => sum + firedCount, 0),
    endings,
    makespansMs: reports.map(({ makespanMs }) => makespanMs).sort((a, b) => a - b),
    failed: failed.map(({ seed, failures, faults, trace }) => ({ seed, failures, faults, trace })),
    failedCount,
  };
}

function addUp(parts: readonly SeedTotals[]): SeedTotals {
  const sum = (of: (part: SeedTotals) => number): number =>
    parts.reduce((total, part) => total + of(part), 0);
  return {
    seedCount: sum(({ seedCount }) => seedCount),
    runCount: sum(({ runCount }) => runCount),
    faultCount: sum(({ faultCount }) => faultCount),
    endings: {
      completed: sum(({ endings }) => endings.completed),
      failed: sum(({ endings }) => endings.failed),
      cancelled: sum(({ endings }) => endings.cancelled),
      open: sum(({ endings }) => endings.open),
    },
    makespansMs: parts.flatMap(({ makespansMs }) => makespansMs).sort((a, b) => a - b),
    failed: parts.flatMap(({ failed }) => failed).sort((a, b) => a.seed - b.seed),
    failedCount: sum(({ failedCount }) => failedCount),
  };
}
