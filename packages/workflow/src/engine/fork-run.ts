import type { RunSummary } from "../backend/ExecutionBackend.js";
import { checkOptions } from "../checks/check-options.js";
import { RunQueries } from "../core/workflow-state-machine.js";
import { prepareOnce } from "../definition/prepare-workflow.js";
import { definitionChange } from "../drive/definition-change.js";
import { ForkBeginning, type ForkChange } from "../drive/ForkBeginning.js";
import type { RunStart } from "../drive/RunStart.js";
import { startPlace } from "../drive/start-place.js";
import { storedDefinitions } from "../drive/stored-definition.js";
import { WorkflowError } from "../errors.js";
import { findRun } from "../journal/find-run.js";
import { forkedStateId } from "../journal/forked-state.js";
import { RunReader } from "../journal/RunReader.js";
import { runExists } from "../storage/run-exists.js";
import type { ForkedFrom, NewRun, StoredDefinition, StoredRun } from "../storage/StoragePort.js";
import { type StartedFrom, startedFromOf } from "../storage/started-from.js";
import { checkAgents } from "./check-agents.js";
import type { EngineContext } from "./EngineContext.js";
import { checkId, FORK_CHECKS } from "./engine-option-checks.js";
import type { ForkOptions } from "./ForkOptions.js";
import { inputsFor } from "./inputs-for.js";
import { wonStart } from "./named-run.js";
import { summaryOf } from "./run-summary.js";

/**
 * Creates a paused run that begins with the results of another one. All of it is one commit.
 */
export async function forkRun(
  engine: EngineContext,
  id: string,
  options: ForkOptions,
): Promise<RunSummary> {
  checkId(id);
  checkOptions<ForkOptions>("fork", options, FORK_CHECKS);
  engine.assertOpen();
  const { storage } = engine;
  const parent = findRun(storage, id);
  await engine.runs.whenBegun(parent.runId);
  await engine.runs.get(parent.runId)?.durable();
  const { forkedFrom, reader } = readParent(engine, parent, options.checkpoint);
  const start = startOf(engine, reader, parent, options);
  const { runId } = start;
  if (engine.runs.has(runId) || engine.runs.isClaimed(runId) || storage.getRun(runId) !== undefined)
    throw runExists(runId, "exists already");
  const data = RunQueries.checkpointData(reader.machine, forkedStateId(forkedFrom));
  const change = changeOf(engine, reader, options);
  const run = engine.activate(
    {
      start,
      leaseEpoch: 1,
      leaseUntil: engine.leases.leaseUntil,
      newRun: {
        run: newRun(engine, start, reader.storedDefinition.hash, { parent, forkedFrom, options }),
        definitions: [reader.storedDefinition, ...(change?.definitions ?? [])],
      },
      fork: new ForkBeginning(data, change),
    },
    { onlyRecords: true },
  );
  run.begin();
  run.tell({ type: "pause_workflow" });
  if (!(await wonStart(run))) throw runExists(runId, "was started by another process");
  await run.ending;
  return summaryOf(findRun(storage, runId), engine.ports.clock.now());
}

function readParent(
  { storage, checkpoints }: EngineContext,
  { runId }: StoredRun,
  checkpointId: string | undefined,
): { readonly forkedFrom: ForkedFrom; readonly reader: RunReader } {
  if (checkpointId === undefined) {
    const reader = RunReader.open(storage, runId).catchUp();
    if (RunQueries.graph(reader.machine) === undefined) throw notBegun(runId);
    return { forkedFrom: { runId, seq: reader.seq }, reader };
  }
  const { runId: owner, seq } = checkpoints.loadCheckpoint(checkpointId);
  if (owner !== runId)
    throw new WorkflowError(
      "checkpoint_not_found",
      `Checkpoint ${checkpointId} belongs to run ${owner}, not to run ${runId}.`,
      { runId, remedy: "List the run's checkpoints." },
    );
  const reader = RunReader.open(storage, runId).catchUp(seq);
  return { forkedFrom: { runId, seq, checkpointId }, reader };
}

function notBegun(runId: string): WorkflowError {
  return new WorkflowError("run_not_resumable", `Run ${runId} has not begun; it has no results.`, {
    runId,
    remedy: "Start the workflow again.",
  });
}

// The fork begins as the run was at that point; what changes is an event of its own.
function startOf(
  { ports }: EngineContext,
  { machine, definition, storedDefinition: { source, format } }: RunReader,
  parent: StoredRun,
  options: ForkOptions,
): RunStart {
  const { inputs = parent.inputs, context = parent.context } = RunQueries.workflow(machine) ?? {};
  return {
    runId: options.runId ?? ports.ids.next(),
    createdAt: ports.clock.now(),
    ...{ definition, source, format, inputs, context, policy: RunQueries.policy(machine) },
    ...startPlace(options.startedFrom ?? inheritedFrom(parent)),
  };
}

function changeOf(
  engine: EngineContext,
  { machine, definition, storedDefinition: stored }: RunReader,
  { source, inputs: given }: ForkOptions,
): (ForkChange & { readonly definitions: readonly StoredDefinition[] }) | undefined {
  if (source === undefined && given === undefined) return undefined;
  const workflow = source === undefined ? undefined : prepareOnce(source);
  const next = workflow ?? { definition, references: [] };
  const inputs = inputsFor(
    next,
    { definition, inputs: RunQueries.inputs(machine), context: RunQueries.context(machine) },
    given,
  );
  if (workflow !== undefined) checkAgents(engine, workflow);
  const definitions =
    workflow === undefined ? [stored] : storedDefinitions(workflow, engine.ports.clock.now());
  const [target = stored] = definitions;
  return {
    definitions,
    event: definitionChange(machine, definition, { stored: target, inputs }),
    definition: target,
  };
}

function newRun(
  { owner, leases }: EngineContext,
  start: RunStart,
  definitionHash: string,
  about: {
    readonly parent: StoredRun;
    readonly forkedFrom: ForkedFrom;
    readonly options: ForkOptions;
  },
): NewRun {
  const { runId, definition, inputs, context, createdAt } = start;
  const { parent, forkedFrom, options } = about;
  const startedFrom = startedFromOf(options.startedFrom ?? inheritedFrom(parent));
  return {
    ...{ runId, workflowId: definition.id, definitionHash, inputs, context, createdAt },
    ...(startedFrom !== undefined && { startedFrom }),
    forkedFrom,
    parentRunId: forkedFrom.runId,
    ...(forkedFrom.checkpointId !== undefined && { parentCheckpointId: forkedFrom.checkpointId }),
    owner,
    leaseUntil: leases.leaseUntil,
  };
}

// A fork has a trace of its own. A child run was started from the file of its parent, which is not
// its own.
function inheritedFrom({ parentStepId, startedFrom = {} }: StoredRun): StartedFrom {
  const { file, traceparent: _, ...place } = startedFrom;
  return parentStepId === undefined && file !== undefined ? { ...place, file } : place;
}
