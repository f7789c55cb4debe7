import { Context, Machine } from "../core/workflow-state-machine.js";
import { WorkflowError } from "../errors.js";
import type { RunCommand, StoragePort, StoredRun } from "../storage/StoragePort.js";
import type { ActiveRun } from "./ActiveRun.js";
import { checkCheckpointName } from "./at-the-door.js";
import type { Clock } from "./ports.js";

export type OwnerVerb = RunCommand["verb"];

/** How long the owner of a run may take to answer, in ms. */
const ANSWER_MS = 10_000;
const LOOK_MS = 25;

const ANSWERED = "ok:";

/** Does what a command asks of a run that this engine has; the answer is kept for the sender. */
export async function answerCommand(run: ActiveRun | undefined, command: RunCommand): Promise<string> {
  if (run === undefined)
    throw new WorkflowError("run_owned_elsewhere", `Run ${command.runId} is not this engine's any more.`, { runId: command.runId });
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
      mustAccept(run, { type: "create_checkpoint", ...(name !== undefined && { name }) }, command.verb);
      break;
  }
  const checkpointId = command.verb === "checkpoint" ? Context.checkpoints(Machine.context(run.machine)).at(-1)?.checkpointId : undefined;
  await run.durable();
  return `${ANSWERED}${checkpointId ?? ""}`.slice(command.commandId === 0 ? ANSWERED.length : 0);
}

function mustAccept(run: ActiveRun, event: Parameters<ActiveRun["tell"]>[0], verb: string): void {
  const state = Machine.state(run.machine);
  if (run.tell(event) === undefined) return;
  throw new WorkflowError("event_refused", `Run ${run.runId} cannot ${verb} now: it is \`${state}\`.`, {
    runId: run.runId,
    remedy: "Look at it with `axw show`, and try again when its state has changed.",
  });
}

/** Asks the engine that has the run, through the inbox, and waits for its answer. `run_owned_elsewhere` when none comes. */
export async function askOwner(
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
    if (answer !== undefined) throw new WorkflowError("event_refused", answer, { runId: run.runId });
    await new Promise<void>((resolve) => void clock.setTimer(LOOK_MS, resolve));
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
