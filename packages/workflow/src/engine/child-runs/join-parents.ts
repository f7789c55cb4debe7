import { WorkflowError } from "../../errors.js";
import { isWaiting, parentOf } from "../../journal/child-steps.js";
import { isOwned } from "../../storage/owner-state.js";
import type { StoredRun } from "../../storage/StoragePort.js";
import type { EngineContext } from "../EngineContext.js";
import type { RunHandle } from "../RunHandle.js";
import { handleOf, resumeRun } from "../resume-run.js";
import { sendCommand } from "../send-command.js";
import { whenAnswered } from "../when-answered.js";

/**
 * Resumes the runs that wait for this one, which has been resumed. An owner of such a run in
 * another process joins it there. A parent that a user paused stays paused, and so does one that
 * this engine cannot continue.
 */
export async function joinParents(engine: EngineContext, runId: string): Promise<void> {
  const { storage, runs, ports } = engine;
  const readParent = (): StoredRun | undefined => {
    const run = storage.getRun(runId);
    return run && parentOf(storage, run);
  };
  // The run has been resumed, whether or not its parent can be.
  const parent = await whenAnswered(ports.clock, readParent, () => !runs.has(runId));
  if (parent === undefined) return;
  try {
    if (isWaiting(parent)) {
      await resumeRun(engine, parent.runId, { joins: true });
      await joinParents(engine, parent.runId);
    } else if (isActive(engine, parent)) await letJoin(engine, parent.runId);
  } catch (error) {
    if (!(error instanceof WorkflowError)) throw error;
  }
}

/**
 * Resumes a run that waits, together with the runs that wait for it: the first of them is resumed,
 * and its step joins the next one. Returns the handle of the run that was resumed here. A run whose
 * parent is not to be resumed stays as it is.
 */
export async function resumeFamily(
  engine: EngineContext,
  run: StoredRun,
): Promise<RunHandle | undefined> {
  if (!isWaiting(run)) return undefined;
  const parent = parentOf(engine.storage, run);
  if (parent !== undefined && isWaiting(parent)) return resumeFamily(engine, parent);
  if (parent?.status === "paused") return undefined;
  if (parent !== undefined && isActive(engine, parent) && (await letJoin(engine, parent.runId))) {
    const active = engine.runs.get(parent.runId);
    return active && handleOf(engine, active);
  }
  return resumeRun(engine, run.runId);
}

function isActive({ runs, ports }: EngineContext, run: StoredRun): boolean {
  return run.status === "running" && (runs.has(run.runId) || isOwned(run, ports.clock.now()));
}

/** Lets the steps of a run in progress that wait for their runs join them; false if none waits. */
async function letJoin(engine: EngineContext, runId: string): Promise<boolean> {
  try {
    await sendCommand(engine, runId, { verb: "resume" });
    return true;
  } catch (error) {
    if (error instanceof WorkflowError) return false;
    throw error;
  }
}
