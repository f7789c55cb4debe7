/** The parts of the line that describes an event. */
export interface EventLine {
  readonly status: string;
  /** The step, checkpoint or run that has this status. */
  readonly subject: string;
  readonly detail: string;
  /** May be truncated to fit; `axw show` prints it in full. */
  readonly result?: string;
}
