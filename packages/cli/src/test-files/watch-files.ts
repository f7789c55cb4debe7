import { type FSWatcher, statSync, watch } from "node:fs";
import { basename, dirname } from "node:path";
import { pathExists } from "@automatosx/workflow/checks";

/** How long files must stay unchanged, in ms: an editor writes a file in several steps. */
const QUIET_MS = 80;

/** How far the time of a write may lag behind the clock, in ms: the kernel reads a coarse clock. */
const LAG_MS = 20;

/** The state of a file: when it was written, in ms since the epoch; 0 for one that is missing. */
type Stamp = number;

/** Files that decide how cases go, as they were when they were read. */
export type WatchedFiles = ReadonlyMap<string, Stamp>;

/**
 * Returns the files as they are now. `since`: an instant before the first of them was read; one
 * that was written later counts as changed, because it may have been read before.
 */
export function watchedFiles(paths: Iterable<string>, since: number): WatchedFiles {
  return new Map(
    [...paths].map((path) => {
      const stamp = stampOf(path);
      return [path, stamp >= since - LAG_MS ? Number.NaN : stamp];
    }),
  );
}

/**
 * Resolves to true when one of the files has changed since it was read, and to false once the
 * signal is aborted. It watches the folders, because editors replace files.
 */
export async function untilChanged(files: WatchedFiles, signal: AbortSignal): Promise<boolean> {
  const folders = Map.groupBy(files.keys(), dirname);
  const changed = Promise.withResolvers<boolean>();
  const watchers: FSWatcher[] = [];
  let timer: NodeJS.Timeout | undefined;
  const touch = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => changed.resolve(true), QUIET_MS);
  };
  const stop = (): void => changed.resolve(false);
  try {
    for (const [folder, paths] of folders) {
      const names = new Set(paths.map((path) => basename(path)));
      if (!pathExists(folder)) continue;
      const watcher = watch(folder, (_, name) => {
        if (name === null || names.has(name)) touch();
      });
      // A folder that is removed is no longer watched.
      watcher.on("error", () => undefined);
      watchers.push(watcher);
    }
    // A file may have changed while the cases were played.
    if ([...files].some(([path, stamp]) => stampOf(path) !== stamp)) touch();
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    return await changed.promise;
  } finally {
    signal.removeEventListener("abort", stop);
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  }
}

function stampOf(path: string): Stamp {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
