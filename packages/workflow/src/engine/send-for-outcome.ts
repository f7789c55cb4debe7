import type { CommandOutcome, RunCommand } from "../backend/run-command.js";
import { isOwned } from "../storage/owner-state.js";
import { outcomeOfRefusal } from "./command-outcome.js";
import type { EngineContext } from "./EngineContext.js";
import { resumeRun } from "./resume-run.js";
import { accepted, sendCommand } from "./send-command.js";
import { checkCommand } from "./validate-options.js";
import { queueRun } from "./worker/queue-run.js";

/**
 * Implements `ExecutionBackend.send`. Unlike `sendCommand`, it resumes a run that no living engine
 * owns in this engine, or queues it for workers if this engine executes none, and returns errors
 * that concern the command as an outcome.
 */
export async function sendForOutcome(
  engine: EngineContext,
  runId: string,
  command: RunCommand,
): Promise<CommandOutcome> {
  try {
    checkCommand(command);
    if (engine.runs.isBeginning(runId)) await engine.runs.whenBegun(runId);
    if (command.verb !== "resume" || isOwnedElsewhere(engine, runId))
      return accepted(await sendCommand(engine, runId, command));
    if (engine.options.executes === false) await queueRun(engine, runId);
    else await resumeRun(engine, runId, { isByUser: true });
    return accepted();
  } catch (error) {
    const outcome = outcomeOfRefusal(error);
    if (outcome === undefined) throw error;
    return outcome;
  }
}

function isOwnedElsewhere({ runs, storage, ports }: EngineContext, runId: string): boolean {
  if (runs.has(runId) || runs.isClaimed(runId)) return false;
  const run = storage.getRun(runId);
  return run !== undefined && isOwned(run, ports.clock.now());
}
