import { type FSWatcher, watch } from "node:fs";
import { basename, dirname } from "node:path";

/** How long files must stay unchanged, in ms: an editor writes a file in several steps. */
const QUIET_MS = 80;

/**
 * Resolves to true when one of the files has changed, and to false once the signal is aborted. It
 * watches the folders, because editors replace files.
 */
export async function untilChanged(
  paths: ReadonlySet<string>,
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
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    return await changed.promise;
  } finally {
    signal.removeEventListener("abort", stop);
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  }
}
