import type { RunCommand } from "../backend/run-command.js";
import { checkOptions } from "../checks/check-options.js";
import { WorkflowError } from "../errors.js";
import { stepPlace } from "../journal/child-steps.js";
import { findRun } from "../journal/find-run.js";
import type { Afterwards } from "./afterwards.js";
import { resumeFamily } from "./child-runs/join-parents.js";
import type { EngineContext } from "./EngineContext.js";
import { AFTERWARDS_CHECKS } from "./engine-option-checks.js";
import type { RunHandle } from "./RunHandle.js";
import { sendCommand } from "./send-command.js";
import { checkCommand } from "./validate-options.js";

/**
 * Delivers an answer or a signal, whichever process owns the run, then resumes the run if it waits
 * and no process has resumed it. A step of a child run may be named by its path from the run.
 * Returns the handle if a run was resumed here: this one, or the one that waits for it.
 */
export async function tellAndResume(
  engine: EngineContext,
  id: string,
  command: Extract<RunCommand, { readonly verb: "answer" | "signal" }>,
  afterwards: Afterwards,
): Promise<RunHandle | undefined> {
  checkOptions<Afterwards>(command.verb, afterwards, AFTERWARDS_CHECKS);
  checkCommand(command);
  const { resume = engine.options.executes !== false } = afterwards;
  const { runId, command: given } = addressed(engine, id, command);
  await sendCommand(engine, runId, given);
  return resume ? resumeIfWaiting(engine, runId) : undefined;
}

function addressed<Command extends RunCommand>(
  { storage }: EngineContext,
  id: string,
  command: Command,
): { readonly runId: string; readonly command: Command } {
  const run = findRun(storage, id);
  if (command.verb !== "answer") return { runId: run.runId, command };
  const place = stepPlace(storage, run, command.stepId);
  return { runId: place.run.runId, command: { ...command, stepId: place.stepId } };
}

async function resumeIfWaiting(
  engine: EngineContext,
  runId: string,
): Promise<RunHandle | undefined> {
  try {
    const stored = engine.storage.getRun(runId);
    if (stored === undefined) return undefined;
    return await resumeFamily(engine, stored);
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
