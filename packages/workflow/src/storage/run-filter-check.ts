import { RUN_STATUSES } from "@automatosx/schemas/run-status";
import type { OptionChecks } from "../checks/check-options.js";
import { count, flag, oneOf, text } from "../checks/option-checks.js";
import type { RunFilter } from "./StoragePort.js";

/** The checks of a filter on runs. */
export const RUN_FILTER_CHECKS: OptionChecks<RunFilter> = {
  status: oneOf(...RUN_STATUSES),
  workflowId: text,
  isChild: flag,
  limit: count(0),
};
