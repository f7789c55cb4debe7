import { type OptionChecks } from "../checks/check-options.js";
import { durationLimit, limit, record } from "../checks/option-checks.js";
import type { CheckpointPolicy, LimitOptions } from "./run-policy.js";

/** The checks of the limits of a run. */
export const LIMIT_CHECKS: OptionChecks<LimitOptions> = {
  concurrency: limit,
  agentConcurrency: record(limit),
};

/** The checks of a checkpoint policy. */
export const CHECKPOINT_POLICY_CHECKS: OptionChecks<CheckpointPolicy> = {
  every: limit,
  intervalMs: durationLimit,
};
