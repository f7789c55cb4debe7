import { RUN_STATUSES } from "@automatosx/schemas/run-status";
import type { OptionChecks } from "../checks/check-options.js";
import { count, must, oneOf, text } from "../checks/option-checks.js";
import type { RunFilter } from "./StoragePort.js";

const plainText = must("text", (value) => typeof value === "string");

/** The checks of a query of a storage, in which any text is plain text that may match no run. */
export const RUN_QUERY_CHECKS: OptionChecks<RunFilter> = {
  status: plainText,
  workflowId: plainText,
  limit: count(0),
};

/** The checks of a filter on runs. */
export const RUN_FILTER_CHECKS: OptionChecks<RunFilter> = {
  status: oneOf(...RUN_STATUSES),
  workflowId: text,
  limit: count(0),
};
