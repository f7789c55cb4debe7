import { z } from "zod";
import { ApiError, Count, Instant, Owner, RunRow, StepPath } from "./common.schema.js";
import { Pulse } from "./house.schema.js";
import { RunActions, WireEntry } from "./run.schema.js";

/**
 * The messages of `GET /stream`, by the name of the server-sent event. The `id` of `entries` is the
 * sequence number of the last one; a client that reconnects sends it as `Last-Event-ID`.
 */
export const MESSAGES = {
  /** Journal entries of the watched run, at most 500, in order. */
  entries: z.strictObject({ runId: z.string(), entries: z.array(WireEntry) }),
  /** The log of a watched attempt has grown. */
  log: z.strictObject({
    runId: z.string(),
    step: StepPath,
    attempt: Count,
    lines: Count,
    at: Instant.optional().describe("When the attempt printed something last."),
  }),
  /** Runs that were started or have changed. */
  runs: z.strictObject({ runs: z.array(RunRow), pulse: Pulse }),
  /** The number of open questions has changed. */
  gates: z.strictObject({ open: Count }),
  /** The watched run has another owner, or its owner's state has changed; and what can be done. */
  owner: z.strictObject({ owner: Owner.nullable(), row: RunRow, actions: RunActions }),
  /** Every 15 s. */
  ping: z.strictObject({ now: Instant }),
  /**
   * Nothing more can be read: of the journal if it is damaged, else of anything, and the stream
   * ends.
   */
  problem: ApiError,
} as const;

/** The messages of the stream, by name. */
export type Messages = {
  readonly [Name in keyof typeof MESSAGES]: z.output<(typeof MESSAGES)[Name]>;
};

/** What to watch. */
export const StreamQuery = z.strictObject({
  run: z.string().optional().describe("The id of the run whose journal follows."),
  watch: z.string().optional().describe("An attempt whose log is shown: `STEP/ATTEMPT`."),
  since: z.coerce
    .number()
    .optional()
    .describe("Runs that have changed since this instant are sent first. Default: one minute ago."),
  after: z.coerce.number().int().min(0).optional().describe("The last entry the client has."),
});
