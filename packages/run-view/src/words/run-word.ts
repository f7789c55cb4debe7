import type { Metrics } from "@automatosx/rescript-core";
import type { RunStatus } from "@automatosx/schemas";
import type { RunView } from "../RunView.js";
import { cleanLine } from "../text/clean-text.js";
import type { TimeSpent } from "../WorkTime.js";
import { count } from "./count.js";
import { duration } from "./duration.js";

/**
 * Who works on a run:
 * - `none`: no engine owns it.
 * - `gone`: its owner's process on this machine has ended, or an engine of this process dropped the
 *   run. The run is free at once.
 * - `alive`: its owner's process runs on this machine, and its lease has not expired.
 * - `elsewhere`: its owner is on another machine or in another pid namespace, where its process
 *   cannot be seen, and its lease has not expired.
 * - `expired`: the lease has expired, and the owner is not known to be dead. Its process may be
 *   suspended. The run is free once the owner has not renewed the lease for two more periods.
 * - `backend`: another backend executes it, and its rows are a copy. It is `running` there.
 */
export type OwnerState = "none" | "gone" | "alive" | "elsewhere" | "expired" | "backend";

/** What the row of a run says besides its journal. */
export interface RunFacts {
  /** The id of the run. */
  readonly runId: string;
  /** Its status, as its row has it. */
  readonly status: RunStatus;
  /** Who works on it. */
  readonly ownerState: OwnerState;
  /** The process that owns it, or owned it last. */
  readonly owner?: { readonly pid: number; readonly host: string } | undefined;
  /** Why it failed. */
  readonly error?: string | undefined;
  /** The code of `error`, such as `step_failed`. */
  readonly errorCode?: string | undefined;
  /** Why its journal cannot be used. */
  readonly damage?: string | undefined;
}

/** Whether an engine or another backend may be working on a run. */
export function isOwned({ ownerState }: Pick<RunFacts, "ownerState">): boolean {
  return ownerState === "alive" || ownerState === "elsewhere" || ownerState === "backend";
}

/** The status of a run in one word. */
export type RunWord = RunStatus | "damaged" | "orphaned";

/**
 * Returns the status of a run in one word: `damaged` if its journal cannot be used, or `orphaned`
 * if its status is `running` but no process works on it.
 */
export function runWord(run: Pick<RunFacts, "status" | "ownerState" | "damage">): RunWord {
  if (run.damage !== undefined) return "damaged";
  return run.status === "running" && !isOwned(run) ? "orphaned" : run.status;
}

/** The steps of a run that ended with its failures tolerated, in numbers. */
export type EndedCounts = Pick<Metrics, "completedSteps" | "failedSteps">;

/** What is unusual about a completed run: `3 failures tolerated`. Empty if no step failed. */
export function toleratedNote({ completedSteps, failedSteps }: EndedCounts): string {
  if (failedSteps === 0) return "";
  return completedSteps === 0
    ? "all its steps failed (tolerated)"
    : `${count(failedSteps, "failure")} tolerated`;
}

/** `completed`, and what is unusual about it: `completed, 3 failures tolerated`. */
export function completedText(counts: EndedCounts): string {
  const note = toleratedNote(counts);
  if (note === "") return "completed";
  return counts.completedSteps === 0 ? `completed, but ${note}` : `completed, ${note}`;
}

/** A shorter wait is not worth a word, in ms. */
const LEAST_WAIT_MS = 1000;

/** `3m12s`, or `2h05m (worked 4m10s, waited 2h01m)` if the run had to wait. */
export function timeText({ workedMs, waitedMs }: TimeSpent): string {
  const elapsed = duration(workedMs + waitedMs);
  return waitedMs < LEAST_WAIT_MS
    ? elapsed
    : `${elapsed} (worked ${duration(workedMs)}, waited ${duration(waitedMs)})`;
}

/** Which stop ends the run, and why: `by decline as cancelled: Not now`. */
export function stopText({ stepId, as, reason }: NonNullable<RunView["stopped"]>): string {
  const why = reason === undefined ? "" : `: ${cleanLine(reason)}`;
  return `by ${cleanLine(stepId)} as ${as}${why}`;
}
