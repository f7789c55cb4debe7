import { z } from "zod";

/** Why an attempt failed. */
export const FailureClass = z.enum([
  "error",
  "timeout",
  "interrupted",
  "invalid",
  "expression",
  "invalid_output",
  "transient",
  "rate_limit",
  "refused",
  "check",
  "unknown",
  "waiting",
]);
/** Why an attempt failed. */
export type FailureClass = z.output<typeof FailureClass>;

/** Classes of failures in the words of a workflow file, which says `fatal` for `invalid`. */
export const WrittenFailureClass = z.enum([
  "error",
  "transient",
  "timeout",
  "rate_limit",
  "invalid_output",
  "refused",
  "fatal",
  "unknown",
  "check",
]);
/** Classes of failures in the words of a workflow file. */
export type WrittenFailureClass = z.output<typeof WrittenFailureClass>;
