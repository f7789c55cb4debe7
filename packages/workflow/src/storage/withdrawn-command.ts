/** The answer to the pending commands of a run that an engine claims. */
export const WITHDRAWN = "another engine claimed the run in the meantime; send it again";
