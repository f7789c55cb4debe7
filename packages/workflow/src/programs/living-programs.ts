/** The programs that this process has started and that have not ended, by process id. */
const living = new Set<number>();

/** A program has started. It is on record until the returned function is called. */
export function programStarted(pid: number): () => void {
  living.add(pid);
  return () => void living.delete(pid);
}

/**
 * Kills every program of this process with its process group, without waiting: for a process that
 * ends immediately afterwards. Otherwise their attempts would fail.
 */
export function killPrograms(): void {
  for (const pid of living) {
    try {
      process.kill(process.platform === "win32" ? pid : -pid, "SIGKILL");
    } catch {
      // It has just ended.
    }
  }
}
