import type { RunStatus } from "@automatosx/schemas";
import { checkOptions, type OptionChecks } from "../../checks/check-options.js";
import { amount, callable, count } from "../../checks/option-checks.js";
import type { WorkflowError } from "../../errors.js";

/** A run that a worker claims, or that leaves it. */
export interface WorkedRun {
  /** The id of the run. */
  readonly runId: string;
  /** The `id` of its workflow. */
  readonly workflowId: string;
}

/** How an engine works on the runs of its database. */
export interface WorkOptions {
  /**
   * How many runs the engine claims at once, at most. The child runs that their steps start do not
   * count.
   */
  readonly slots: number;
  /**
   * How often to look for runs, in ms: for a lease that has expired, or a wait that has ended. A
   * run that is queued or released is found sooner. Default 1,000.
   */
  readonly pollMs?: number;
  /**
   * Called when a run is claimed, and when it leaves this engine: with its status, or without one
   * if the engine has released or lost it. What it throws is ignored.
   */
  readonly onRun?: (run: WorkedRun, what: "claimed" | "left", status?: RunStatus) => unknown;
  /**
   * Called once for each run that cannot be claimed here, with its id: it is damaged or
   * quarantined, or this engine lacks one of its agents. Such a run is tried again later. Also
   * called, without an id, each time that the database cannot be read. What it throws is ignored.
   */
  readonly onProblem?: (problem: WorkflowError, runId?: string) => unknown;
}

const WORK_CHECKS: OptionChecks<WorkOptions> = {
  slots: count(1),
  pollMs: amount(1),
  onRun: callable,
  onProblem: callable,
};

/** Throws `invalid_argument` for options that `work` cannot have. */
export function checkWork(options: WorkOptions): void {
  checkOptions<WorkOptions>("work", options, WORK_CHECKS);
  count(1)(options.slots, "slots");
}

/** What is left when a worker has stopped. */
export interface Drained {
  /**
   * The ids of the runs that were released unfinished, for another engine. Their agents have
   * stopped.
   */
  readonly released: readonly string[];
}

/** An engine that works on the runs of its database, until it is drained. */
export interface Work extends AsyncDisposable {
  /** How many runs it claims at once, at most. */
  readonly slots: number;
  /** The ids of the runs that it has claimed and that are active. */
  readonly runIds: readonly string[];
  /**
   * Claims no further runs, waits for those that it has to end or to pause, and releases the rest
   * after `ms` milliseconds, as `close` does. Default 0. May be called again to wait for less.
   */
  drain(ms?: number): Promise<Drained>;
}
