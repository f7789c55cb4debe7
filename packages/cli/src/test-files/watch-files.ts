import { type FSWatcher, statSync, watch } from "node:fs";
import { basename, dirname } from "node:path";

/** How long files must stay unchanged, in ms: an editor writes a file in several steps. */
const QUIET_MS = 80;

/** Files that decide how cases go, and when they were read. */
export interface WatchedFiles {
  readonly paths: ReadonlySet<string>;
  /** An instant before the first of them was read, in ms since the epoch. */
  readonly since: number;
}

/**
 * Resolves to true when one of the files has changed since it was read, and to false once the
 * signal is aborted. It watches the folders, because editors replace files.
 */
export async function untilChanged(
  { paths, since }: WatchedFiles,
  signal: AbortSignal,
): Promise<boolean> {
  const folders = Map.groupBy(paths, dirname);
  const changed = Promise.withResolvers<boolean>();
  const watchers: FSWatcher[] = [];
  let timer: NodeJS.Timeout | undefined;
  const touch = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => changed.resolve(true), QUIET_MS);
  };
  const stop = (): void => changed.resolve(false);
  try {
    for (const [folder, files] of folders) {
      const names = new Set(files.map((path) => basename(path)));
      const watcher = watch(folder, (_, name) => {
        if (name === null || names.has(name)) touch();
      });
      // A folder that is removed is no longer watched.
      watcher.on("error", () => undefined);
      watchers.push(watcher);
    }
    // A file may have changed while the cases were played.
    if ([...paths].some((path) => changedAt(path) >= since)) touch();
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    return await changed.promise;
  } finally {
    signal.removeEventListener("abort", stop);
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  }
}

/** When the file was written, in ms since the epoch; infinity for one that is gone. */
function changedAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY;
}
