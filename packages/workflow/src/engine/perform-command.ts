import type { RunCommand, StepAnswer } from "../backend/run-command.js";
import { checkCheckpointName } from "../checkpoint/check-name.js";
import { omitUndefined } from "../core/omit-undefined.js";
import { RunQueries, type WorkflowEvent } from "../core/workflow-state-machine.js";
import { WorkflowError } from "../errors.js";
import type { CollectedFiles } from "../run-directory/kept-files.js";
import type { StoragePort, StoredDefinition } from "../storage/StoragePort.js";
import type { ActiveRun } from "./ActiveRun.js";
import { isOutcome } from "./exact-command.js";
import type { RunFiles } from "./RunFiles.js";
import { type Told, toldAnswer, toldBudget, toldSignal } from "./run-answers.js";
import { toldAmendment, toldEdit, toldReopening } from "./run-changes.js";

/** A run that can receive commands: an active run, or an ended one, which refuses them all. */
export type CommandableRun = Pick<
  ActiveRun,
  "runId" | "machine" | "definition" | "isDetached" | "tell" | "stopAgents" | "durable"
>;

/** A command, with the files or the definition that it needs. */
export interface PreparedCommand {
  readonly command: RunCommand;
  readonly collected?: CollectedFiles | undefined;
  readonly definition?: StoredDefinition | undefined;
}

/** What a command may need to be read from. */
export interface CommandSources {
  readonly files: Pick<RunFiles, "collectUnknown">;
  readonly storage: Pick<StoragePort, "getWorkflow">;
}

/**
 * Reads the files or the definition that a command needs; undefined if it needs none. The run may
 * change meanwhile: the command is about the attempt that is the latest one now.
 */
export function prepareCommand(
  run: Pick<CommandableRun, "runId" | "machine">,
  command: RunCommand,
  { files, storage }: CommandSources,
): Promise<PreparedCommand> | undefined {
  if (command.verb === "amend")
    return Promise.resolve({ command, definition: storage.getWorkflow(command.definitionHash) });
  if (command.verb !== "answer" || !isDone(command.answer)) return undefined;
  const { stepId, answer } = command;
  const attemptNumber = answer.attemptNumber ?? RunQueries.step(run.machine, stepId)?.attemptNumber;
  const about = { ...command, answer: { ...answer, ...omitUndefined({ attemptNumber }) } };
  return files.collectUnknown(run, stepId).then((collected) => ({ command: about, collected }));
}

/**
 * Performs a command, whose values are exactly JSON, on a run. Settles when the effect is durable,
 * with the checkpoint's id if the command requested one. Throws `event_refused` if the machine
 * refuses the command, or `invalid_argument`.
 */
export async function performCommand(
  run: CommandableRun,
  prepared: PreparedCommand,
): Promise<string | undefined> {
  const checkpointId = tellCommand(run, prepared);
  await run.durable();
  return checkpointId;
}

/** As `performCommand`, for a host that makes the effect durable itself. */
export function tellCommand(
  run: Omit<CommandableRun, "durable">,
  prepared: PreparedCommand,
): string | undefined {
  tellEvent(run, prepared);
  return prepared.command.verb === "checkpoint"
    ? RunQueries.checkpoints(run.machine).at(-1)?.checkpointId
    : undefined;
}

/** Maximum length of the reason of a cancellation, in characters. */
const MAX_REASON_CHARS = 1000;

/** Returns the event that cancels a run for a reason, which is cut if it is too long. */
export function cancelEvent(reason: string | undefined): WorkflowEvent {
  const given = reason?.trim().slice(0, MAX_REASON_CHARS).toWellFormed() ?? "";
  return { type: "cancel_workflow", ...(given !== "" && { reason: given }) };
}

function isDone(answer: StepAnswer): boolean {
  return isOutcome(answer) && answer.done;
}

type ToldRun = Omit<CommandableRun, "durable">;

function tellEvent(run: ToldRun, { command, collected, definition }: PreparedCommand): void {
  const { runId, machine } = run;
  switch (command.verb) {
    case "pause":
      // A run that paused itself stays paused for the user. A repeated pause changes nothing.
      if (RunQueries.state(machine) !== "paused" || RunQueries.pausedFor(machine) !== undefined)
        tell(run, "pause", { type: "pause_workflow" });
      if (command.stopAgents === true) run.stopAgents();
      break;
    case "resume":
      tell(run, "resume", { type: "resume_workflow" });
      break;
    case "cancel":
      tell(run, "cancel", cancelEvent(command.reason));
      break;
    case "checkpoint": {
      const { name } = command;
      checkCheckpointName(name);
      const event = { type: "create_checkpoint", ...(name !== undefined && { name }) } as const;
      tell(run, "checkpoint", event);
      break;
    }
    case "answer": {
      const { stepId, answer } = command;
      const told = toldAnswer(runId, machine, stepId, answer, collected);
      tellFact(run, "accept an answer", told);
      break;
    }
    case "signal":
      tellFact(run, "accept a signal", toldSignal(runId, machine, command.name, command));
      break;
    case "budget":
      tellFact(run, "accept a new budget", toldBudget(command.budget, command.by));
      break;
    case "edit": {
      const { stepId, result } = command;
      tellFact(run, "accept another result", toldEdit(run, stepId, result, command));
      break;
    }
    case "reopen":
      tellFact(run, "perform steps again", toldReopening(run, command.stepIds, command));
      break;
    case "amend":
      if (definition === undefined) throw unknownDefinition(runId, command.definitionHash);
      tellFact(run, "change its definition", toldAmendment(run, definition, command));
      break;
  }
}

function unknownDefinition(runId: string, hash: string): WorkflowError {
  const message = `Run ${runId} cannot continue with the definition ${hash}, which is not stored.`;
  return new WorkflowError("invalid_argument", message, {
    runId,
    remedy: "Amend the run again: its definition is stored first.",
  });
}

function tellFact(run: ToldRun, verb: string, told: Told): void {
  const { event, refused, artifacts, definition } = told;
  const state = RunQueries.state(run.machine);
  const refusal = run.tell(event, { artifacts, definition });
  if (refusal !== undefined) throw refused(refusal) ?? notNow(run, verb, state);
}

function tell(run: ToldRun, verb: RunCommand["verb"], event: WorkflowEvent): void {
  const state = RunQueries.state(run.machine);
  if (run.tell(event) !== undefined) throw notNow(run, verb, state);
}

function notNow({ runId, isDetached }: ToldRun, verb: string, state: string): WorkflowError {
  const message = `Run ${runId} cannot ${verb} now: it is \`${state}\`.`;
  return new WorkflowError("event_refused", message, {
    runId,
    remedy: isDetached
      ? "The run is no longer active in this engine. Resume it by its id if it is unfinished."
      : "Try again when its state has changed.",
  });
}
