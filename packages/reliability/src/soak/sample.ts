import { readdirSync, statSync } from "node:fs";

/**
 * The resources that a process uses between two batches of runs, when no run is in flight, garbage
 * has been collected, and retention has caught up.
 */
export interface Sample {
  /** The number of runs that have ended so far. */
  readonly runs: number;
  readonly rssBytes: number;
  readonly heapBytes: number;
  /** The number of timers, handles and requests that keep the event loop alive, by kind. */
  readonly resources: Readonly<Record<string, number>>;
  /** Open descriptors of this process; 0 without /proc. */
  readonly fileDescriptors: number;
  readonly databaseBytes: number;
  /** The size of the part of the database in use. */
  readonly usedBytes: number;
  readonly logBytes: number;
  /** The number of runs in the database. */
  readonly storedRuns: number;
}

/** Collects garbage and takes a sample. The process must run with `--expose-gc`. */
export function takeSample(
  runs: number,
  database: string,
  { storedRuns, usedBytes }: Pick<Sample, "storedRuns" | "usedBytes">,
): Sample {
  if (globalThis.gc === undefined)
    throw new Error(
      "Start this process with --expose-gc: without a garbage collection, garbage looks like " +
        "a leak.",
    );
  // The second collection frees the objects that the first one's finalizers released.
  globalThis.gc();
  globalThis.gc();
  const { rss, heapUsed } = process.memoryUsage();
  const resources: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1;
  return {
    runs,
    rssBytes: rss,
    heapBytes: heapUsed,
    resources,
    fileDescriptors: countDescriptors(),
    databaseBytes: sizeOf(database),
    usedBytes,
    logBytes: sizeOf(`${database}-wal`),
    storedRuns,
  };
}

// Reading the folder opens one more descriptor, the same in every sample.
function countDescriptors(): number {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return 0;
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
