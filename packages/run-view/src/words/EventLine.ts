/** The parts of the line that describes an event. */
export interface EventLine {
  /** What has happened, in one word or two: `started`, `completed`. */
  readonly status: string;
  /** The step, checkpoint or run that has this status. */
  readonly subject: string;
  /** The rest of the line; empty if there is nothing to add. */
  readonly detail: string;
  /** May be truncated to fit; `axw show` prints it in full. */
  readonly result?: string;
}
