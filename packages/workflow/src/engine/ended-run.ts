import type { RunStatus } from "@automatosx/schemas";
import { type SuggestedAction, WorkflowError } from "../errors.js";
import { RunReader } from "../journal/RunReader.js";
import type { StoragePort, StoredRun } from "../storage/StoragePort.js";
import { endingOf, type RunEnding } from "./RunEnding.js";
import type { HandledRun } from "./RunHandle.js";

/**
 * Returns the ending of a stored run. Throws `run_owned_elsewhere` if it has not ended, or
 * `journal_damaged`.
 */
export function readEnding(storage: StoragePort, stored: StoredRun): RunEnding {
  const { runId, status } = stored;
  const { machine } = RunReader.open(storage, runId).catchUp();
  if (status === "running") {
    throw new WorkflowError("run_owned_elsewhere", `Run ${runId} is not active in this engine.`, {
      runId,
      remedy: "Follow it with `engine.events(runId)`, or resume it if its process has died.",
    });
  }
  return endingOf(runId, status, machine, stored);
}

/** A stored run that is completed or cancelled, for a handle. It refuses every command. */
export function endedRun(
  storage: StoragePort,
  stored: StoredRun,
  status: "completed" | "cancelled",
): HandledRun {
  const { runId } = stored;
  const { definition, machine, problems } = RunReader.open(storage, runId).catchUp();
  return {
    runId,
    definition,
    machine,
    ending: Promise.resolve(endingOf(runId, status, machine, stored)),
    problems,
    isDetached: true,
    stopAgents: () => undefined,
    tell: () => "wrong_state",
    durable: () => Promise.resolve(),
  };
}

const NEXT: Readonly<Record<RunStatus, readonly [SuggestedAction["action"], string]>> = {
  completed: ["show_run", "Read its results."],
  failed: [
    "resume_run",
    "Resume the run: the steps whose failure ended it are tried again; all other outcomes " +
      "are kept.",
  ],
  cancelled: ["start_run", "Start the workflow again."],
  running: ["show_run", "Watch the run."],
  paused: ["resume_run", "Resume the run to continue it."],
};

/** Returns the refusal of a command to a run that has ended. */
export function alreadyEnded(
  { runId, status }: Pick<StoredRun, "runId" | "status">,
  verb: string,
): WorkflowError {
  const [action, remedy]: (typeof NEXT)[RunStatus] =
    status === "cancelled" && verb === "cancel" ? ["show_run", "No action needed."] : NEXT[status];
  return new WorkflowError(
    "run_not_resumable",
    `Run ${runId} is ${status}; there is nothing to ${verb}.`,
    { runId, remedy, suggestion: { action, runId } },
  );
}
