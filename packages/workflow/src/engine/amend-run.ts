import type { AmendOptions } from "../backend/run-command.js";
import { RunQueries, State } from "../core/workflow-state-machine.js";
import type { OutsideReference } from "../definition/outside-references.js";
import { checkOutsideReferences } from "../definition/outside-references.js";
import type { PreparedWorkflow } from "../definition/PreparedWorkflow.js";
import { prepareOnce } from "../definition/prepare-workflow.js";
import { resolveInputs } from "../definition/resolve-inputs.js";
import type { WorkflowSource } from "../definition/WorkflowSource.js";
import { amendedContext, inheritedInputs } from "../drive/definition-change.js";
import { storedDefinitions } from "../drive/stored-definition.js";
import { findRun } from "../journal/find-run.js";
import { RunReader } from "../journal/RunReader.js";
import { checkSecrets } from "./check-secrets.js";
import { checkSessions } from "./check-sessions.js";
import type { EngineContext } from "./EngineContext.js";
import { alreadyEnded } from "./ended-run.js";
import type { ChangedRun } from "./run-changes.js";
import { sendCommand } from "./send-command.js";
import { copyAsJson } from "./validate-options.js";

type Values = Readonly<Record<string, unknown>>;

/** Gives a run another definition, whichever process owns it. Starts nothing. */
export async function amendRun(
  engine: EngineContext,
  id: string,
  source: WorkflowSource,
  { inputs: given, by }: AmendOptions,
): Promise<void> {
  engine.assertOpen();
  const { storage, ports } = engine;
  const stored = findRun(storage, id);
  const { runId } = stored;
  if (State.isTerminal(stored.state) && stored.state !== "failed")
    throw alreadyEnded(stored, "amend");
  await engine.runs.get(runId)?.durable();
  const workflow = prepareOnce(source);
  const { machine, definition } = RunReader.open(storage, runId).catchUp();
  const inputs = inputsFor(workflow, { runId, machine, definition }, given);
  checkAgents(engine, workflow);
  // The definition is stored before the command that names it can be performed.
  for (const each of storedDefinitions(workflow, ports.clock.now())) storage.saveWorkflow(each);
  await sendCommand(engine, runId, {
    ...{ verb: "amend", definitionHash: workflow.hash, inputs },
    ...(by !== undefined && { by }),
  });
}

/** Throws the errors of a start that follow from the workflow and from what this engine has. */
export function checkAgents(engine: EngineContext, workflow: PreparedWorkflow): void {
  // What its steps run later is checked too, so that nothing starts that cannot end.
  for (const { definition, source } of [workflow, ...workflow.children.values()]) {
    engine.agents.check(definition);
    checkSecrets(definition, engine.options.secrets, source);
    checkSessions(definition, engine.agents, source);
  }
}

/**
 * Returns all inputs of a run under another definition: those that it has, overridden by those that
 * are given.
 *
 * @throws WorkflowError `invalid_input`
 */
export function inputsFor(
  {
    definition: next,
    references,
  }: {
    readonly definition: PreparedWorkflow["definition"];
    readonly references: readonly OutsideReference[];
  },
  { machine, definition: present }: ChangedRun,
  given: Values | undefined,
): Values {
  const { inputs: own = {}, context: ownContext = {} } = RunQueries.workflow(machine) ?? {};
  const added = given === undefined ? {} : copyAsJson(given, "inputs");
  const inherited = inheritedInputs(own, present.inputs, next.inputs);
  const inputs = copyAsJson(resolveInputs(next.inputs, { ...inherited, ...added }), "inputs");
  const context = amendedContext(ownContext, present.context, next.context);
  checkOutsideReferences(references, { inputs, context });
  return inputs;
}
