import { Context, Machine, State } from "../core/workflow-state-machine.js";
import { WorkflowError } from "../errors.js";
import { findRun } from "../journal/find-run.js";
import type { Clock } from "../ports.js";
import { isOrphanedLease } from "../storage/process-identity.js";
import type { RunCommand, StoragePort, StoredRun } from "../storage/StoragePort.js";
import type { ActiveRun } from "./ActiveRun.js";
import { type OrphanSources, takeUp } from "./claim-run.js";
import type { KeyedMutex } from "./KeyedMutex.js";
import { checkCheckpointName } from "./validate-options.js";

export type OwnerVerb = RunCommand["verb"];

/** How long the owner of a run may take to answer, in ms. */
const ANSWER_MS = 10_000;
const POLL_MS = 25;

const ANSWERED = "ok:";

/** Does what a command asks of a run that this engine has; the answer is kept for the sender. */
export async function answerCommand(
  run: ActiveRun | undefined,
  command: RunCommand,
): Promise<string> {
  if (run === undefined)
    throw new WorkflowError(
      "run_owned_elsewhere",
      `Run ${command.runId} is not this engine's any more.`,
      { runId: command.runId },
    );
  const { name } = JSON.parse(command.argument) as { name?: string };
  checkCheckpointName(name);
  const before = Machine.state(run.machine);
  switch (command.verb) {
    case "pause":
      if (before !== "paused") mustAccept(run, { type: "pause_workflow" }, command.verb);
      break;
    case "cancel":
      mustAccept(run, { type: "cancel_workflow" }, command.verb);
      break;
    case "resume":
      mustAccept(run, { type: "resume_workflow" }, command.verb);
      break;
    case "checkpoint":
      mustAccept(
        run,
        { type: "create_checkpoint", ...(name !== undefined && { name }) },
        command.verb,
      );
      break;
  }
  const checkpointId =
    command.verb === "checkpoint"
      ? Context.checkpoints(Machine.context(run.machine)).at(-1)?.checkpointId
      : undefined;
  await run.durable();
  return `${ANSWERED}${checkpointId ?? ""}`.slice(command.commandId === 0 ? ANSWERED.length : 0);
}

/** What a command needs of the engine. */
export interface CommandContext {
  readonly storage: StoragePort;
  readonly clock: Clock;
  readonly claims: KeyedMutex;
  mustBeOpen(): void;
  active(runId: string): ActiveRun | undefined;
  /** Takes a run up that no one has, without its agents. */
  hold(stored: StoredRun): ActiveRun;
  leftBehind(run: ActiveRun): OrphanSources;
}

/** An active run is asked here; one of another process through the inbox; one that no one has is taken up for it. */
export async function commandRun(
  desk: CommandContext,
  id: string,
  verb: OwnerVerb,
  name?: string,
): Promise<string> {
  desk.mustBeOpen();
  const { runId } = findRun(desk.storage, id);
  // From the last look to the taking up below nothing is awaited.
  while (desk.claims.has(runId)) await desk.claims.settled(runId);
  desk.mustBeOpen();
  const stored = findRun(desk.storage, runId);
  const active = desk.active(runId);
  const argument = JSON.stringify(name === undefined ? {} : { name });
  const command = { runId, verb, argument, sentAt: desk.clock.now() };
  if (active !== undefined) return answerCommand(active, { ...command, commandId: 0 });
  if (State.isTerminal(stored.state)) throw takeUp.alreadyOver(stored, verb);
  const isHeld =
    stored.owner !== undefined &&
    !isOrphanedLease(stored.owner, stored.leaseUntil ?? 0, command.sentAt);
  if (isHeld) return askOwner(desk.storage, desk.clock, stored, command);
  return desk.claims.run(runId, () => commandUnheld(desk, stored, command));
}

async function commandUnheld(
  desk: CommandContext,
  stored: StoredRun,
  command: Omit<RunCommand, "commandId">,
): Promise<string> {
  const run = desk.hold(stored);
  const lost = takeUp.lostAttempts(run);
  try {
    // Attempts lost with their engine stay as they are: dropped now they would be tried again, here, where no agent need be. Resume does it.
    const answer = await answerCommand(run, { ...command, commandId: 0 });
    // A cancelled run is never taken up again: nobody else would end what its agents left behind.
    if (command.verb === "cancel") await takeUp.endLeftBehind(run, lost, desk.leftBehind(run));
    return answer;
  } finally {
    if (!run.isDetached) await takeUp.leave(run, desk.storage);
  }
}

function mustAccept(run: ActiveRun, event: Parameters<ActiveRun["tell"]>[0], verb: string): void {
  const state = Machine.state(run.machine);
  if (run.tell(event) === undefined) return;
  throw new WorkflowError(
    "event_refused",
    `Run ${run.runId} cannot ${verb} now: it is \`${state}\`.`,
    {
      runId: run.runId,
      remedy: "Look at it with `axw show`, and try again when its state has changed.",
    },
  );
}

/** Asks the engine that has the run, through the inbox, and waits for its answer. `run_owned_elsewhere` when none comes. */
async function askOwner(
  storage: StoragePort,
  clock: Clock,
  run: StoredRun,
  command: Omit<RunCommand, "commandId">,
): Promise<string> {
  const commandId = storage.sendCommand(command);
  const until = clock.now() + ANSWER_MS;
  while (clock.now() < until) {
    const answer = storage.commandAnswer(commandId);
    if (answer?.startsWith(ANSWERED) === true) return answer.slice(ANSWERED.length);
    if (answer !== undefined)
      throw new WorkflowError("event_refused", answer, { runId: run.runId });
    await new Promise<void>((resolve) => void clock.setTimer(POLL_MS, resolve));
  }
  // Taken back: a wish that is fulfilled hours later, by whoever takes the run up then, would surprise.
  storage.answerCommand(commandId, "withdrawn: no answer in time", clock.now());
  const { host = "?", pid = 0 } = run.owner ?? {};
  throw new WorkflowError(
    "run_owned_elsewhere",
    `Process ${pid} on ${host}, which has run ${run.runId}, did not answer within ${ANSWER_MS} ms.`,
    {
      runId: run.runId,
      remedy: `Try again; if that process hangs, end it: then ${command.verb} works without it.`,
    },
  );
}
