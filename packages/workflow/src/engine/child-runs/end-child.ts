import { RunQueries } from "../../core/workflow-state-machine.js";
import { WorkflowError } from "../../errors.js";
import { RunReader } from "../../journal/RunReader.js";
import { isOwned } from "../../storage/owner-state.js";
import type { StoragePort, StoredRun } from "../../storage/StoragePort.js";
import type { EngineContext } from "../EngineContext.js";
import { resumeRun } from "../resume-run.js";
import { sendCommand } from "../send-command.js";

/** Cancels a run that the run that started it no longer needs, unless it is being cancelled. */
export async function cancelChild(
  engine: EngineContext,
  { runId }: Pick<StoredRun, "runId">,
): Promise<void> {
  try {
    // A second cancellation would end the run without its handlers.
    if (isCancelling(engine.storage, runId)) return;
    await sendCommand(engine, runId, {
      verb: "cancel",
      reason: "the run that started it needs it no longer",
    });
  } catch (error) {
    // It has ended, or its owner does not answer: `recover` cancels it then.
    if (!(error instanceof WorkflowError)) throw error;
  }
}

/**
 * Cancels such a run, and runs its handlers in this engine if no other engine owns it. Settles when
 * the run has ended; one whose agents this engine lacks is left to `recover`.
 */
export async function endChild(
  engine: EngineContext,
  run: Pick<StoredRun, "runId">,
): Promise<void> {
  const { runId } = run;
  await cancelChild(engine, run);
  try {
    const left = engine.storage.getRun(runId);
    const isLeft = left?.status === "running" && !isOwned(left, engine.ports.clock.now());
    if (isLeft && !engine.runs.has(runId)) await resumeRun(engine, runId, { joins: true });
    await engine.runs.whenBegun(runId);
    await engine.runs.get(runId)?.ending;
  } catch (error) {
    if (!(error instanceof WorkflowError)) throw error;
  }
}

function isCancelling(storage: StoragePort, runId: string): boolean {
  return (
    storage.getRun(runId)?.status === "running" &&
    RunQueries.isCancelling(RunReader.open(storage, runId).catchUp().machine)
  );
}
