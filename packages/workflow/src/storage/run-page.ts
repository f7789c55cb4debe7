import type { RunStatus } from "@automatosx/schemas";
import { RUN_STATUSES } from "@automatosx/schemas/run-status";
import type { OptionChecks } from "../checks/check-options.js";
import { flag, must, oneOf, text } from "../checks/option-checks.js";
import type { StoredRun } from "./stored-rows.js";

/** The position of a run in a list, newest first. It stays the same when runs are started. */
export interface RunPosition {
  /** When the run was started, in ms since the epoch. */
  readonly createdAt: number;
  /** The id of the run. */
  readonly runId: string;
}

/** Which runs to look for. An absent field matches every run. */
export interface RunSearch {
  /** Runs with this status. */
  readonly status?: RunStatus;
  /** Runs of the workflow with this id. */
  readonly workflowId?: string;
  /** True for the runs that a step of another run started, false for all others. */
  readonly isChild?: boolean;
  /**
   * A part of an id, a workflow's id or name, the inputs or the error, in any case of ASCII
   * letters.
   */
  readonly text?: string;
  /** Runs that were started at this instant or later, in ms since the epoch. */
  readonly createdFrom?: number;
  /** Runs that were started before this instant, in ms since the epoch. */
  readonly createdBefore?: number;
}

/** One page of a list of runs. */
export interface RunPage {
  /** Newest first. A damaged run is included, with its `damage` field set. */
  readonly runs: readonly StoredRun[];
  /** The last run that was looked at; absent if there are no further runs. */
  readonly next?: RunPosition;
}

/** How many runs have each status. */
export interface RunTally {
  readonly counts: Readonly<Record<RunStatus, number>>;
  /** True if only the newest runs were counted: there are too many to look at. */
  readonly isCut: boolean;
}

const instant = must(
  "an instant in ms since the epoch",
  (value) => typeof value === "number" && Number.isFinite(value) && value >= 0,
);

/** The checks of a search for runs. */
export const RUN_SEARCH_CHECKS: OptionChecks<RunSearch> = {
  status: oneOf(...RUN_STATUSES),
  workflowId: text,
  isChild: flag,
  text,
  createdFrom: instant,
  createdBefore: instant,
};
