/** How long a run that cannot be claimed is left alone at first, in ms, and at most. */
const FIRST_MS = 1000;
const MOST_MS = 60_000;

/** How many runs to remember. */
const MAX_RUNS = 10_000;

interface Entry {
  readonly until: number;
  readonly times: number;
  readonly code: string;
}

/** The runs that this engine could not claim, and until when it leaves each of them alone. */
export class Postponed {
  readonly #runs = new Map<string, Entry>();

  /** Returns whether the run is left alone at `now`. */
  has(runId: string, now: number): boolean {
    return (this.#runs.get(runId)?.until ?? 0) > now;
  }

  /**
   * Leaves the run alone, each time longer. `chance` is in [0, 1). Returns whether the run is
   * postponed for this reason for the first time.
   */
  add(runId: string, code: string, now: number, chance: number): boolean {
    const before = this.#runs.get(runId);
    const times = before === undefined ? 0 : before.times + 1;
    const delayMs = Math.min(MOST_MS, FIRST_MS * 2 ** times) * (0.5 + chance);
    if (before === undefined && this.#runs.size >= MAX_RUNS) this.#runs.clear();
    this.#runs.set(runId, { until: now + delayMs, times, code });
    return before?.code !== code;
  }

  /** Forgets a run that was claimed. */
  remove(runId: string): void {
    this.#runs.delete(runId);
  }
}
