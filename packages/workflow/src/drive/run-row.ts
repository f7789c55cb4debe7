import { statusOf } from "@automatosx/schemas/run-status";
import { RunQueries, State, type WorkflowMachine } from "../core/workflow-state-machine.js";
import type { RunUsage } from "../storage/StoragePort.js";
import type { Turn } from "./Turn.js";

/**
 * Returns the row of a run whose last entry was accepted at `at`. The row of a run at rest has no
 * owner.
 */
export function rowOf(
  machine: WorkflowMachine,
  at: number,
  isAtRest: boolean,
): NonNullable<Turn["run"]> {
  const state = RunQueries.state(machine);
  const isTerminal = State.isTerminal(state);
  // A run that is being cancelled has a reason before it ends.
  const error = isTerminal ? RunQueries.error(machine) : undefined;
  const errorCode = isTerminal ? RunQueries.errorCode(machine) : undefined;
  return {
    state,
    status: statusOf(state),
    // The instant of the last entry, not of the write, so that a row can be checked against its
    // journal.
    updatedAt: at,
    ...(error !== undefined && { error }),
    ...(errorCode !== undefined && { errorCode }),
    ...(isTerminal && { finishedAt: at }),
    ...(state === "paused" && pauseOf(machine, at)),
    ...(isAtRest && { release: true, used: usedBy(machine) }),
  };
}

/** Returns what a run has used so far. An amount that no attempt has reported is absent. */
export function usedBy(machine: WorkflowMachine): RunUsage {
  const { attempts } = RunQueries.metrics(machine);
  const { tokens = 0, usd = 0 } = RunQueries.budget(machine)?.settled ?? {};
  return { attempts, ...(tokens > 0 && { tokens }), ...(usd > 0 && { usd }) };
}

function pauseOf(
  machine: WorkflowMachine,
  at: number,
): Pick<NonNullable<Turn["run"]>, "pauseReason" | "wakeAt"> {
  const pauseReason = RunQueries.pausedFor(machine);
  if (pauseReason === undefined) return {};
  if (pauseReason !== "waiting") return { pauseReason };
  const wakeAt = hasWork(machine) ? at : RunQueries.nextDueAt(machine);
  return wakeAt === undefined ? { pauseReason } : { pauseReason, wakeAt };
}

// An answer may give a paused run something to do, although nothing starts until it is resumed.
function hasWork(machine: WorkflowMachine): boolean {
  return (
    RunQueries.stepsWithStatus(machine, "ready").length > 0 ||
    RunQueries.waitsFor(machine).length === 0
  );
}
