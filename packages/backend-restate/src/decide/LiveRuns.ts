/** How long a follower waits at most for something to happen, in ms. */
const MAX_WAIT_MS = 5000;

/** How long the server may take to store what a segment has sent it, in ms. */
const STORING_MS = 5;

/**
 * How much longer a follower collects for each one that waits, in ms. An answer costs the worker
 * and its server about a tenth of it, so a crowd of followers leaves the time to the runs.
 */
const CROWD_MS = 20;

/** How many followers wait at once: each occupies one of the calls that a server makes at once. */
const MAX_FOLLOWERS = 250;

interface Follower {
  readonly afterSeq: number;
  /** Whether it has waited long enough, and takes what there is. */
  isDue: boolean;
  readonly answer: () => void;
}

interface LiveRun {
  /** The last entry that the segment has published. */
  seq: number;
  readonly followers: Set<Follower>;
}

/**
 * The runs that segments of this worker drive now. A follower waits here for what happens in such a
 * run, instead of asking again and again. This only times the answer, which is read from the
 * server.
 */
export class LiveRuns {
  readonly #runs = new Map<string, LiveRun>();
  #followers = 0;
  #isClosed = false;

  /**
   * A segment begins. `ended` aborts when the server has all that it has sent. Returns a function
   * to call with the last entry of each turn.
   */
  enter(runId: string, ended: AbortSignal): (seq: number) => void {
    const run: LiveRun = { seq: 0, followers: this.#runs.get(runId)?.followers ?? new Set() };
    this.#runs.set(runId, run);
    ended.addEventListener(
      "abort",
      () => {
        // An execution may outlive its connection for a moment, and another one has begun.
        if (this.#runs.get(runId) !== run) return;
        this.#runs.delete(runId);
        for (const follower of run.followers) follower.answer();
      },
      { once: true },
    );
    return (seq) => {
      run.seq = seq;
      for (const follower of run.followers)
        if (follower.isDue && seq > follower.afterSeq) setTimeout(follower.answer, STORING_MS);
    };
  }

  /**
   * Waits until a segment of the run has ended, or until `collectMs` have passed, or more if many
   * followers wait, and there is an entry after `afterSeq`. False, at once, if no segment of this
   * worker drives the run.
   */
  async untilNews(
    runId: string,
    { afterSeq, collectMs }: { readonly afterSeq: number; readonly collectMs: number },
    signal: AbortSignal,
  ): Promise<boolean> {
    const run = this.#runs.get(runId);
    if (run === undefined || this.#isClosed || this.#followers >= MAX_FOLLOWERS) return false;
    const { promise, resolve } = Promise.withResolvers<void>();
    const follower: Follower = { afterSeq, isDue: false, answer: resolve };
    const since = performance.now();
    const collect = (): void => {
      // The crowd may have grown since it began to wait.
      const wantedMs = Math.max(collectMs, this.#followers * CROWD_MS);
      const leftMs = wantedMs - (performance.now() - since);
      if (leftMs >= 1) {
        timer = setTimeout(collect, leftMs);
        return;
      }
      follower.isDue = true;
      if ((this.#runs.get(runId)?.seq ?? 0) > afterSeq) resolve();
    };
    let timer = setTimeout(collect, Math.min(collectMs, MAX_WAIT_MS));
    const late = setTimeout(resolve, MAX_WAIT_MS);
    signal.addEventListener("abort", follower.answer, { once: true });
    run.followers.add(follower);
    this.#followers += 1;
    try {
      await promise;
    } finally {
      this.#followers -= 1;
      run.followers.delete(follower);
      signal.removeEventListener("abort", follower.answer);
      clearTimeout(timer);
      clearTimeout(late);
    }
    return true;
  }

  /** Answers all followers, now and from now on at once: the worker is stopping. */
  close(): void {
    this.#isClosed = true;
    for (const { followers } of this.#runs.values())
      for (const follower of followers) follower.answer();
  }
}
