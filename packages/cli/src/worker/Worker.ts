/** A worker that takes work until it is drained. */
export interface Worker extends AsyncDisposable {
  /** How many attempts it performs at once, by agent id. */
  readonly slots: Readonly<Record<string, number>>;
  /** How many runs it decides at once. Undefined if the backend decides them. */
  readonly runs?: number;
  /** The URL under which the backend reaches it. Undefined if it fetches its work. */
  readonly address?: string;
  /** Its id in the list of workers, if the backend has one. */
  readonly workerId?: string;
  /** Takes nothing more, and waits at most this long for what is in progress. */
  drain(ms: number): Promise<void>;
  /** Takes nothing more, and stops the agents now; settles when they have ended. */
  stop(): Promise<void>;
}
