import { statusOf } from "@automatosx/schemas/run-status";
import { type StepAnswer, WorkflowError } from "@automatosx/workflow";
import { messageOf } from "@automatosx/workflow/errors";
import {
  alreadyEnded,
  type CheckpointData,
  failedStateId,
  mayAccept,
  outcomeOfRefusal,
  RunQueries,
  State,
  tellCommand,
} from "@automatosx/workflow/hosting";
import type { CommandMessage, CommandOutcome } from "../wire.js";
import type { RunDecider } from "./RunDecider.js";

/** Performs a command on a run, as the embedded engine does. Never throws. */
export function performCommand(
  decider: RunDecider,
  message: CommandMessage,
  sentAt: number,
  stopAgents: () => void,
): CommandOutcome {
  try {
    const checkpointId = perform(decider, message, sentAt, stopAgents);
    return checkpointId === undefined ? { ok: true } : { ok: true, checkpointId };
  } catch (error) {
    // A segment that failed here would be tried again forever.
    return outcomeOfRefusal(error) ?? { ok: false, code: "internal", message: messageOf(error) };
  }
}

function perform(
  decider: RunDecider,
  { command, definition, children = [], checkpoint }: CommandMessage,
  sentAt: number,
  stopAgents: () => void,
): string | undefined {
  const { fold, start } = decider;
  const { runId } = start;
  const state = RunQueries.state(fold.machine);
  const isResume = command.verb === "resume" && state === "failed";
  if (!isResume && !mayAccept(state, command))
    throw alreadyEnded({ runId, status: statusOf(state) }, command.verb);
  if (command.verb === "resume" && (isResume || checkpoint !== undefined)) {
    restore(decider, checkpoint ?? failedState(decider), sentAt);
    return undefined;
  }
  if (command.verb === "answer") refuseLostFiles(decider, command.stepId, command.answer);
  const run = {
    runId,
    get machine() {
      return fold.machine;
    },
    get definition() {
      return fold.start.definition;
    },
    isDetached: false,
    stopAgents,
    tell: (event: Parameters<typeof fold.tell>[0], given?: Parameters<typeof fold.tell>[2]) =>
      fold.tell(event, decider.atLeastNow(sentAt), given),
  };
  const checkpointId = tellCommand(run, { command, definition });
  if (command.verb === "amend") decider.addDefinitions(children);
  return checkpointId;
}

// The files that a lost attempt has left were in its directory on a worker, which is removed.
function refuseLostFiles({ fold, start }: RunDecider, stepId: string, answer: StepAnswer): void {
  if (!("done" in answer) || !answer.done) return;
  if (RunQueries.unknownFiles(fold.machine, stepId) === undefined) return;
  throw new WorkflowError(
    "invalid_answer",
    `The answer to \`${stepId}\` of run ${start.runId} is not recorded: the step declares files, ` +
      "and those that the lost attempt has left are gone with its worker.",
    {
      runId: start.runId,
      remedy:
        "Say that the attempt had no effect; or continue the run on this machine with " +
        "`axw resume RUN --adopt`, put the files there, and answer then.",
    },
  );
}

// The steps whose failure ended the run are tried again; all other outcomes are kept.
function failedState({ fold, start }: RunDecider): CheckpointData {
  const failed = RunQueries.checkpointData(fold.machine, failedStateId(start.runId));
  return { ...failed, keepsOffers: true };
}

function restore(decider: RunDecider, checkpointData: CheckpointData, sentAt: number): void {
  const { fold } = decider;
  const at = decider.atLeastNow(sentAt);
  if (State.canPause(RunQueries.state(fold.machine))) fold.tell({ type: "pause_workflow" }, at);
  fold.tell({ type: "restore_checkpoint", checkpointData }, at);
}
