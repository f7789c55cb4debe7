/** One row of a run's journal: an event that the machine accepted. */
export interface JournalEntry {
  readonly runId: string;
  /** The row's position in the run's journal: counted from 1, without gaps. */
  readonly seq: number;
  /** The event's name: `step_completed`. */
  readonly type: string;
  /** When the event was accepted, in ms since the epoch. */
  readonly at: number;
  /** The step; present in attempt outcomes (`step_completed`, `step_failed`). */
  readonly stepId?: string;
  /** The attempt number, counted from 1; present in attempt outcomes. */
  readonly attemptNumber?: number;
  /** The rest of the event's data, as JSON text. */
  readonly payload: string;
}
