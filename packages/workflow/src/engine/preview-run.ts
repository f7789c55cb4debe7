import { checkOptions } from "../checks/check-options.js";
import type { StepPreview } from "../core/preview.js";
import {
  Machine,
  RunQueries,
  State,
  type WorkflowMachine,
} from "../core/workflow-state-machine.js";
import { prepareOnce } from "../definition/prepare-workflow.js";
import type { WorkflowSource } from "../definition/WorkflowSource.js";
import { preparedMachine } from "../drive/run-beginning.js";
import { storedDefinition } from "../drive/stored-definition.js";
import { WorkflowError } from "../errors.js";
import { findRun } from "../journal/find-run.js";
import { forkedStateId } from "../journal/forked-state.js";
import { RunReader } from "../journal/RunReader.js";
import type { StoragePort, StoredRun } from "../storage/StoragePort.js";
import type { EngineContext } from "./EngineContext.js";
import { alreadyEnded } from "./ended-run.js";
import { checkId, PREVIEW_CHECKS } from "./engine-option-checks.js";
import { exactCommand } from "./exact-command.js";
import { inputsFor } from "./inputs-for.js";
import type { Preview, PreviewOptions } from "./PreviewOptions.js";
import type { Told } from "./run-answers.js";
import { toldAmendment, toldEdit, toldReopening } from "./run-changes.js";

/** Returns what would happen to each step of a run. Changes nothing. */
export async function previewRun(
  engine: EngineContext,
  id: string,
  what: Preview,
  options: PreviewOptions,
): Promise<readonly StepPreview[]> {
  checkId(id);
  checkOptions<PreviewOptions>("preview", options, PREVIEW_CHECKS);
  engine.assertOpen();
  const { storage, ports } = engine;
  const { runId } = findRun(storage, id);
  await engine.runs.whenBegun(runId);
  await engine.runs.get(runId)?.durable();
  return previewStored(storage, id, what, { ...options, now: ports.clock.now() });
}

/**
 * Like `WorkflowEngine.preview`, from what is stored: an observer needs no engine. `now` is the
 * instant of the change, in ms since the epoch.
 */
export function previewStored(
  storage: StoragePort,
  id: string,
  what: Preview,
  { inputs, now }: PreviewOptions & { readonly now: number },
): readonly StepPreview[] {
  const stored = findRun(storage, id);
  const reader = RunReader.open(storage, stored.runId).catchUp();
  const { runId } = stored;
  const { definition } = reader;
  const hasEnded = State.isTerminal(stored.state) && stored.state !== "failed";
  if (hasEnded && isCommand(what)) throw alreadyEnded(stored, verbOf(what));
  const machine = hasEnded ? forkOf(reader, stored) : reader.machine;
  const run = { runId, machine, definition };
  const told = toldPreview(run, what, now, inputs);
  const outcome = RunQueries.preview(machine, told.event, now);
  if (outcome.ok) return outcome.steps;
  const { reason } = outcome;
  throw (
    told.refused(reason) ??
    new WorkflowError("event_refused", `Run ${runId} cannot go back now: ${reason}.`, { runId })
  );
}

type Command = Exclude<Preview, WorkflowSource>;

function isCommand(what: Preview): what is Command {
  return typeof what === "object" && (isEdit(what) || isReopening(what));
}

function isEdit(what: object): what is Extract<Command, { readonly edit: unknown }> {
  return Object.keys(what).join() === "edit";
}

function isReopening(what: object): what is Extract<Command, { readonly reopen: unknown }> {
  return Object.keys(what).join() === "reopen";
}

function verbOf(what: Command): string {
  return isEdit(what) ? "edit" : "reopen";
}

function toldPreview(
  run: Parameters<typeof toldAmendment>[0],
  what: Preview,
  at: number,
  given: PreviewOptions["inputs"],
): Told {
  if (isCommand(what)) {
    if (isEdit(what)) {
      const { stepId, result } = what.edit;
      const command = exactCommand({ verb: "edit", stepId, result });
      return toldEdit(run, stepId, command.verb === "edit" ? command.result : result, {});
    }
    const { stepIds, downstream = false } = what.reopen;
    return toldReopening(run, stepIds, { downstream });
  }
  const workflow = prepareOnce(what);
  const { machine, definition } = run;
  const inputs = inputsFor(
    workflow,
    { definition, inputs: RunQueries.inputs(machine), context: RunQueries.context(machine) },
    given,
  );
  return toldAmendment(run, storedDefinition(workflow, at), { inputs });
}

// The machine of a fork, before its definition changes.
function forkOf(reader: RunReader, { runId, createdAt, startedFrom }: StoredRun): WorkflowMachine {
  const { machine, seq, definition, storedDefinition: stored } = reader;
  const { inputs = {}, context = {} } = RunQueries.workflow(machine) ?? {};
  const { source, format } = stored;
  const { directory } = startedFrom ?? {};
  const at = RunQueries.now(machine);
  const prepared = preparedMachine(
    {
      ...{ runId, createdAt, definition, source, format, inputs, context },
      policy: RunQueries.policy(machine),
      ...(directory !== undefined && { directory }),
    },
    at,
  );
  const checkpointData = RunQueries.checkpointData(machine, forkedStateId({ runId, seq }));
  const outcome = Machine.transition(prepared, { type: "restore_checkpoint", checkpointData }, at);
  if (outcome.ok) return outcome.machine;
  throw new WorkflowError("internal", `Run ${runId} cannot be forked: ${outcome.reason}.`);
}
