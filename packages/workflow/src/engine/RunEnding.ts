import type { WorkflowMetrics } from "@automatosx/schemas";
import { statusOf } from "@automatosx/schemas/run-status";
import { RunQueries, type WorkflowMachine } from "../core/workflow-state-machine.js";
import type { PauseReason } from "../storage/StoragePort.js";

/** How a run ended, or that it was paused: data, never an exception. */
export interface RunEnding {
  /** The id of the run. */
  readonly runId: string;
  /** How the run ended; `paused` if it can be resumed. */
  readonly status: "completed" | "failed" | "paused" | "cancelled";
  /** The results of the completed steps, by step id. */
  readonly results: Readonly<Record<string, unknown>>;
  /** The outputs of the workflow, if it declares any and has completed. */
  readonly outputs?: Readonly<Record<string, unknown>>;
  /** The run's times, and its counts of steps, attempts and retries. */
  readonly metrics: WorkflowMetrics;
  /** Why the run failed or could not continue, as a sentence. */
  readonly error?: string;
  /**
   * Why a run failed: `step_failed`, `workflow_invalid`, …; why it is paused: `database_full`, or
   * `database_unusable` for a database that is no longer at its path.
   */
  readonly errorCode?: string;
  /**
   * Why a paused run is paused: it waits for people, signals or unknown outcomes, its budget is
   * used up, or a user `asked`.
   */
  readonly pausedFor?: PauseReason | "asked";
  /**
   * The paths of the steps for which a paused run waits: open gates, awaited signals, and steps
   * whose outcome is unknown. Absent if there are none.
   */
  readonly waitsFor?: readonly string[];
}

/** Returns the ending of a run with this machine. */
export function endingOf(
  runId: string,
  status: RunEnding["status"],
  machine: WorkflowMachine,
  { error, errorCode }: { readonly error?: string; readonly errorCode?: string },
): RunEnding {
  const outputs = status === "completed" ? RunQueries.outputs(machine) : undefined;
  return {
    runId,
    status,
    results: RunQueries.results(machine),
    ...(outputs !== undefined && { outputs }),
    metrics: RunQueries.metrics(machine),
    ...(error !== undefined && { error }),
    ...(errorCode !== undefined && { errorCode }),
    ...(status === "paused" && pauseOf(machine)),
  };
}

function pauseOf(machine: WorkflowMachine): Pick<RunEnding, "pausedFor" | "waitsFor"> {
  const waitsFor = RunQueries.waitsFor(machine);
  return {
    pausedFor: RunQueries.pausedFor(machine) ?? "asked",
    ...(waitsFor.length > 0 && { waitsFor }),
  };
}

/** Returns the ending of a run whose machine has come to rest. */
export function endingOfMachine(runId: string, machine: WorkflowMachine): RunEnding {
  const status = statusOf(RunQueries.state(machine)) as RunEnding["status"];
  const error = RunQueries.error(machine);
  const errorCode = RunQueries.errorCode(machine);
  return endingOf(runId, status, machine, {
    ...(error !== undefined && { error }),
    ...(errorCode !== undefined && { errorCode }),
  });
}
