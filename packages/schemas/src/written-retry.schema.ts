import { z } from "zod";
import { DEFAULT_RETRY, MAX_RETRIES } from "./definition-limits.js";
import { described } from "./described.js";
import { Duration, durationMs, durationOf } from "./duration.schema.js";
import { extensible } from "./extensible.js";
import { WrittenFailureClass } from "./failure-class.schema.js";
import { once } from "./once.js";
import { always, has } from "./several-keys.js";

export const retries = z.int().min(0).max(MAX_RETRIES);
export const timeout = durationOf(1);

/** A time limit of one attempt, or several time limits. */
export const WrittenTimeout = z.union(
  [
    timeout,
    once(() =>
      extensible(
        z.strictObject({
          attempt: described(timeout.optional(), "Time limit of one attempt. Default 30m."),
          idle: described(timeout.optional(), "The longest time without a line in the log."),
          total: described(
            timeout.optional(),
            "Time limit of the step with all its attempts and waits.",
          ),
        }),
      ).meta({
        id: "Timeouts",
        description: "Time limits. Example: `{ attempt: 10m, idle: 2m, total: 1h }`.",
      }),
    ),
  ],
  { error: "expected a duration such as 20m, or a map of `attempt`, `idle` and `total`" },
);

/** One class of failures, or several. */
export const classes = z.union([WrittenFailureClass, z.array(WrittenFailureClass).min(1)], {
  error: "expected a class of failures, or a list of them",
});

function backoffFits(value: { backoff?: unknown; maxBackoff?: unknown }): boolean {
  if (!has(value, "backoff") || !has(value, "maxBackoff")) return true;
  const [backoff, most] = [Duration.safeParse(value.backoff), Duration.safeParse(value.maxBackoff)];
  return !backoff.success || !most.success || durationMs(backoff.data) <= durationMs(most.data);
}

/** The retries of a step, as written. */
export const WrittenRetry = extensible(
  z
    .strictObject({
      max: described(
        retries.exactOptional(),
        "Attempts beyond the first, 0 to 100. Same as `retries`.",
      ),
      backoff: described(
        Duration.exactOptional(),
        "Delay before the second attempt: `5s`, or milliseconds. Default 1s.",
      ),
      factor: described(
        z.number().min(1).max(100).exactOptional(),
        "Factor by which the delay is multiplied after each failure. Default " +
          `${DEFAULT_RETRY.factor}.`,
      ),
      maxBackoff: described(
        Duration.exactOptional(),
        "Maximum delay: `1m`, or milliseconds. Default 1m, or `backoff` if that is longer.",
      ),
      jitter: described(
        z.enum(["full", "none"]).exactOptional(),
        "`full` (default) waits for a random fraction of the delay; `none` waits for all of " +
          "it.",
      ),
      on: described(
        classes.exactOptional(),
        "The classes of failures after which the step is tried again. Default: `[error, " +
          "transient, timeout, check]`.",
      ),
    })
    .check(
      z.refine(backoffFits, {
        ...always,
        error: "is longer than `maxBackoff`",
        path: ["backoff"],
        params: { rule: "backoff_over_maximum" },
      }),
    ),
).meta({
  id: "Retry",
  description: "How many times a failed step is retried, and how long to wait before each retry.",
});
/** The retries of a step, as written. */
export type WrittenRetry = z.input<typeof WrittenRetry>;

function countsRetriesOnce(value: { retries?: unknown; retry?: unknown }): boolean {
  return !(has(value, "retries") && has(value.retry, "max"));
}

/** The rule that only one of `retries` and `retry.max` is written. */
export const retriesOnce = z.refine<{ retries?: unknown; retry?: unknown }>(countsRetriesOnce, {
  ...always,
  error: "means the same as `retry.max`",
  path: ["retries"],
  params: { rule: "retries_twice" },
});
