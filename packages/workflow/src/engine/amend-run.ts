import type { AmendOptions } from "../backend/run-command.js";
import { checkOptions } from "../checks/check-options.js";
import { State } from "../core/workflow-state-machine.js";
import { prepareOnce } from "../definition/prepare-workflow.js";
import type { WorkflowSource } from "../definition/WorkflowSource.js";
import { storedDefinitions } from "../drive/stored-definition.js";
import { findRun } from "../journal/find-run.js";
import { presentOf } from "../journal/present-values.js";
import { checkAgents } from "./check-agents.js";
import type { EngineContext } from "./EngineContext.js";
import { alreadyEnded } from "./ended-run.js";
import { AMEND_CHECKS, checkId } from "./engine-option-checks.js";
import { inputsFor } from "./inputs-for.js";
import { sendCommand } from "./send-command.js";

/** Gives a run another definition, whichever process owns it. Starts nothing. */
export async function amendRun(
  engine: EngineContext,
  id: string,
  source: WorkflowSource,
  options: AmendOptions,
): Promise<void> {
  checkId(id);
  checkOptions<AmendOptions>("amend", options, AMEND_CHECKS);
  const { inputs: given, by } = options;
  engine.assertOpen();
  const { storage, ports } = engine;
  const stored = findRun(storage, id);
  const { runId } = stored;
  if (State.isTerminal(stored.state) && stored.state !== "failed")
    throw alreadyEnded(stored, "amend");
  await engine.runs.whenBegun(runId);
  await engine.runs.get(runId)?.durable();
  const workflow = prepareOnce(source);
  const inputs = inputsFor(workflow, presentOf(storage, stored), given);
  checkAgents(engine, workflow);
  // The definition is stored before the command that names it can be performed.
  for (const each of storedDefinitions(workflow, ports.clock.now())) storage.saveWorkflow(each);
  await sendCommand(engine, runId, {
    ...{ verb: "amend", definitionHash: workflow.hash, inputs },
    ...(by !== undefined && { by }),
  });
}
