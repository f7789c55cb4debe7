/** What follows an answer or a signal. */
export interface Afterwards {
  /**
   * Whether to resume the run in this engine if it has paused itself to wait. Default true. A run
   * that a user paused stays paused.
   */
  readonly resume?: boolean;
}
