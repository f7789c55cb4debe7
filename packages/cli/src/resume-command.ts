import { RunReader, type StepInfo, type StoragePort } from "@automatosx/workflow/observe";
import { axw, type Command } from "./command.js";
import { shortId } from "./render/short-id.js";
import { isSimulatedResult } from "./simulation-note.js";

/**
 * The command that resumes a run or one of its checkpoints. If every result so far is simulated,
 * the rest is simulated too: otherwise the command would call real agents.
 */
export function resumeCommand(id: string, steps: readonly StepInfo[]): Command {
  const kept = steps.filter(({ status }) => status === "completed");
  const isSimulated = kept.length > 0 && kept.every(({ result }) => isSimulatedResult(result));
  const command = axw("resume", shortId(id));
  if (!isSimulated) return command;
  const args = [...command.args, "--agents", "simulated"];
  return { ...command, args, remark: "its results so far are simulated" };
}

/** The steps of a stored run; none if its journal cannot be read. */
export function storedSteps(storage: StoragePort, runId: string): readonly StepInfo[] {
  try {
    return RunReader.open(storage, runId).catchUp().view.steps();
  } catch {
    return [];
  }
}
