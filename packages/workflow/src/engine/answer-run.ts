import type { RunCommand } from "../backend/run-command.js";
import { WorkflowError } from "../errors.js";
import { findRun } from "../journal/find-run.js";
import type { Afterwards } from "./afterwards.js";
import type { EngineContext } from "./EngineContext.js";
import type { RunHandle } from "./RunHandle.js";
import { resumeRun } from "./resume-run.js";
import { sendCommand } from "./send-command.js";

/**
 * Delivers an answer or a signal, whichever process owns the run, then resumes the run if it waits
 * and no process has resumed it. Returns the handle if it was resumed here.
 */
export async function tellAndResume(
  engine: EngineContext,
  id: string,
  command: Extract<RunCommand, { readonly verb: "answer" | "signal" }>,
  { resume = true }: Afterwards,
): Promise<RunHandle | undefined> {
  const { runId } = findRun(engine.storage, id);
  await sendCommand(engine, runId, command);
  return resume ? resumeIfWaiting(engine, runId) : undefined;
}

async function resumeIfWaiting(
  engine: EngineContext,
  runId: string,
): Promise<RunHandle | undefined> {
  const stored = engine.storage.getRun(runId);
  if (stored?.status !== "paused" || stored.pauseReason !== "waiting") return undefined;
  try {
    return await resumeRun(engine, runId);
  } catch (error) {
    if (!(error instanceof WorkflowError)) throw error;
    const { code, message, remedy, issues } = error;
    // Another process has resumed the run, or ended it.
    if (code === "run_owned_elsewhere" || code === "run_not_resumable") return undefined;
    throw new WorkflowError(code, `This is recorded, but run ${runId} waits: ${message}`, {
      ...{ runId, issues, cause: error },
      ...(remedy !== undefined && { remedy }),
    });
  }
}
