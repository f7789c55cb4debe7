/** The error code in the row of a run that has been removed in part. */
export const HALF_REMOVED = "run_removed";
