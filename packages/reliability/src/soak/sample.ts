import { readdirSync, statSync } from "node:fs";

/** What a process holds at rest, between two loads of runs: no run is in flight, garbage is collected, retention has caught up. */
export interface Sample {
  /** Runs that have ended until now. */
  readonly runs: number;
  readonly rssBytes: number;
  readonly heapBytes: number;
  /** What keeps the event loop alive, by kind: timers, handles, requests. */
  readonly resources: Readonly<Record<string, number>>;
  /** Of this process, as /proc lists them; 0 where there is no /proc. */
  readonly fileDescriptors: number;
  readonly databaseBytes: number;
  /** Of these the ones in use. */
  readonly usedBytes: number;
  readonly logBytes: number;
  /** Runs in the database. */
  readonly storedRuns: number;
}

/** Takes one. The process has to be started with `--expose-gc`. */
export function takeSample(
  runs: number,
  database: string,
  { storedRuns, usedBytes }: Pick<Sample, "storedRuns" | "usedBytes">,
): Sample {
  if (globalThis.gc === undefined)
    throw new Error("start this with --expose-gc: what is not collected is not leaked");
  // The second one collects what finalizers of the first let go.
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

// Reading the folder opens one of its own, each time.
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
