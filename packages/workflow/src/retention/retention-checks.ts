import type { OptionChecks } from "../checks/check-options.js";
import { amount, callable, count, flag } from "../checks/option-checks.js";
import type { RetentionOptions, RetentionPolicy } from "./RetentionPolicy.js";

/** The checks of a retention policy. */
export const POLICY_CHECKS: OptionChecks<RetentionPolicy> = {
  maxAgeMs: amount(0),
  maxRunCount: amount(0),
  maxBytes: amount(0),
  checkpointsPerRun: count(1),
  keepsFailed: flag,
};

/** The checks of an engine's retention. */
export const RETENTION_CHECKS: OptionChecks<RetentionOptions> = {
  ...POLICY_CHECKS,
  everyMs: amount(1),
  onSweep: callable,
};
