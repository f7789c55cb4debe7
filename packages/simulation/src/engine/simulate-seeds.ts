import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { FailureRates } from "./plan-failures.js";
import { runShare, type Share, type ThreadData, type ThreadMessage } from "./run-share.js";
import { addTotals, type SeedTotals } from "./seed-totals.js";
import { readWorkflow, type WorkflowText } from "./workflows.js";

export interface SimulateOptions {
  /** Default 1. */
  readonly firstSeed?: number;
  readonly seedCount: number;
  /** By default, every seed makes up a small workflow. */
  readonly workflow?: WorkflowText;
  /**
   * The probability that an attempt of a step fails, by step id; `*` for all other steps. If given,
   * nothing else goes wrong: no crash, no fault of the storage, no command. Requires a workflow.
   */
  readonly failureRates?: FailureRates;
  /**
   * Whether to repeat each world in which a step runs out of retries with one more retry for it:
   * `gainedRunCount` of its totals. Requires a workflow. Default false.
   */
  readonly triesOneMoreRetry?: boolean;
  /**
   * Number of threads; by default one per processor, or fewer if there are few seeds. 0 or 1 runs
   * all seeds in the calling thread, and so does a bundled application, which lacks the file of the
   * threads.
   */
  readonly workers?: number;
  /** Stops early and returns the totals of the seeds that are done. */
  readonly signal?: AbortSignal;
  /** Called from time to time with the number of seeds that are done. */
  readonly onProgress?: (doneCount: number) => void;
}

/** Minimum number of seeds for which a thread is worthwhile. */
const MIN_SEEDS_PER_THREAD = 50;

/**
 * Runs many seeds, in several threads if there are enough. Rejects with `invalid_definition` if the
 * workflow's text has errors.
 */
export async function simulateSeeds(options: SimulateOptions): Promise<SeedTotals> {
  const { seedCount, workflow, signal } = options;
  const file = threadFile();
  const threads =
    file === undefined
      ? 1
      : (options.workers ??
        Math.min(availableParallelism(), Math.floor(seedCount / MIN_SEEDS_PER_THREAD)));
  let doneCount = 0;
  const onProgress = (more: number): void => {
    doneCount += more;
    options.onProgress?.(doneCount);
  };
  const shares = sharesOf(options, Math.max(1, Math.min(threads, seedCount)));
  if (threads <= 1 || file === undefined)
    return runShare(shares[0] as Share, onProgress, () => signal?.aborted === true);
  // Parsed here first, so that an error in the text is not reported as the failure of a thread.
  if (workflow !== undefined) readWorkflow(workflow);
  return addTotals(
    await Promise.all(shares.map((share) => inThread(file, share, onProgress, signal))),
  );
}

// The program of a thread. A bundle has no such file, and in CommonJS not even a place to look.
function threadFile(): URL | undefined {
  const place: string | undefined = import.meta.url;
  const file = place === undefined ? undefined : new URL("./seed-worker.js", place);
  return file !== undefined && existsSync(file) ? file : undefined;
}

function sharesOf(options: SimulateOptions, count: number): Share[] {
  const { firstSeed = 1, seedCount, workflow, failureRates, triesOneMoreRetry } = options;
  return Array.from({ length: count }, (_, index) => {
    const from = Math.floor((seedCount * index) / count);
    const to = Math.floor((seedCount * (index + 1)) / count);
    return {
      firstSeed: firstSeed + from,
      seedCount: to - from,
      ...(workflow !== undefined && { workflow }),
      ...(failureRates !== undefined && { failureRates }),
      ...(triesOneMoreRetry !== undefined && { triesOneMoreRetry }),
    };
  });
}

function inThread(
  file: URL,
  share: Share,
  onProgress: (more: number) => void,
  signal: AbortSignal | undefined,
): Promise<SeedTotals> {
  return new Promise((resolve, reject) => {
    const stopFlag = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    const stop = (): void => void Atomics.store(stopFlag, 0, 1);
    signal?.addEventListener("abort", stop, { once: true });
    if (signal?.aborted === true) stop();
    const worker = new Worker(file, {
      workerData: { share, stopFlag } satisfies ThreadData,
    });
    worker.on("message", (message: ThreadMessage) => {
      if ("totals" in message) resolve(message.totals);
      else onProgress(message.doneCount);
    });
    worker.on("error", reject);
    worker.on("exit", (code) => {
      signal?.removeEventListener("abort", stop);
      reject(new Error(`A thread of the simulation exited with code ${code}.`));
    });
  });
}
