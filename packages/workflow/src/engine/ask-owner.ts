import type { CommandOutcome, RunCommand } from "../backend/run-command.js";
import { WorkflowError, type WorkflowErrorCode } from "../errors.js";
import { isOwned } from "../storage/owner-state.js";
import type { StoredRun } from "../storage/StoragePort.js";
import { isWithdrawal, readOutcome, writeOutcome } from "./command-outcome.js";
import type { EngineContext } from "./EngineContext.js";
import { isRecorded } from "./recorded-command.js";
import { unlessBusy } from "./when-answered.js";

/** How long the owner of a run may take to answer, in ms. */
const ANSWER_MS = 10_000;

/**
 * How long to wait for the reply of an owner that has released the run, in ms: it may have
 * performed the command, and replies once that is durable.
 */
const RELEASED_MS = 2_000;

/** The interval at which to poll for its answer, in ms. */
const POLL_MS = 25;

/**
 * Sends a command to the owner of a run and returns its outcome; undefined if the run has lost its
 * owner, or has another one, before the command was performed.
 */
export async function askOwner(
  { storage, ports, expired }: EngineContext,
  { runId, owner, leaseEpoch, journalSeq }: StoredRun,
  command: RunCommand,
): Promise<CommandOutcome | undefined> {
  const { clock } = ports;
  const { verb, ...argument } = command;
  const sentAt = clock.now();
  const commandId = storage.sendCommand({
    runId,
    verb,
    argument: JSON.stringify(argument),
    sentAt,
  });
  const withdraw = (code: WorkflowErrorCode, message: string): CommandOutcome | undefined => {
    const withdrawal = writeOutcome({ ok: false, code, message });
    storage.answerCommand(commandId, withdrawal, clock.now());
    // The first answer is final, and the owner's may have come first.
    const first = storage.commandAnswer(commandId);
    return first === undefined || first === withdrawal ? undefined : readOutcome(first);
  };
  const isHeld = (): boolean => {
    const run = storage.getRun(runId);
    if (run?.leaseEpoch !== leaseEpoch) return false;
    return isOwned(run, clock.now()) || expired.mustWatch(run);
  };
  let until = sentAt + ANSWER_MS;
  let wasHeld = true;
  // While the database does not answer, the owner may still perform the command. Decided before
  // each look: an answer that came while this process was stopped counts.
  for (let isLast = false; ; ) {
    const answer = unlessBusy(() => storage.commandAnswer(commandId), undefined);
    if (answer !== undefined) return isWithdrawal(answer) ? undefined : readOutcome(answer);
    if (isLast) break;
    if (wasHeld && !unlessBusy(isHeld, true)) {
      wasHeld = false;
      until = Math.min(until, clock.now() + RELEASED_MS);
    }
    await new Promise<void>((resolve) => void clock.setTimer(POLL_MS, resolve));
    isLast = clock.now() >= until;
  }
  if (!wasHeld) return withdraw("run_owned_elsewhere", "withdrawn: the run has another owner");
  // Withdrawn, so that the command does not take effect unexpectedly, hours later, under the next
  // owner.
  const outcome = withdraw("run_owned_elsewhere", "withdrawn: no answer in time");
  if (outcome !== undefined) return outcome;
  if (isRecorded(storage, runId, command, journalSeq)) return { ok: true };
  const { host = "?", pid = 0 } = owner ?? {};
  throw new WorkflowError(
    "run_owned_elsewhere",
    `Process ${pid} on ${host}, which owns run ${runId}, did not answer within ` +
      `${ANSWER_MS / 1000} s.`,
    {
      runId,
      remedy:
        `Try again. If that process is suspended (Ctrl-Z), continue it; if it hangs, end it. ` +
        `Then ${verb} works.`,
    },
  );
}
