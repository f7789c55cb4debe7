/** One row of a run's journal: an event that the machine accepted. */
export interface JournalEntry {
  readonly runId: string;
  /** The row's position in the run's journal: counted from 1, without gaps. */
  readonly seq: number;
  /** The event's name: `step_completed`. */
  readonly type: string;
  /** When the event was accepted, in ms since the epoch. */
  readonly at: number;
  /** The step, in the outcome of an attempt (`step_completed`, `step_failed`). */
  readonly stepId?: string;
  /** The attempt, counted from 1, in the outcome of an attempt. */
  readonly attemptNumber?: number;
  /** What else the event carries, as JSON text. */
  readonly payload: string;
}
