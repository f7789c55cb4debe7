import type { StartOptions } from "../backend/ExecutionBackend.js";
import { checkOptions } from "../checks/check-options.js";
import type { PreparedWorkflow } from "../definition/PreparedWorkflow.js";
import { prepareOnce } from "../definition/prepare-workflow.js";
import type { WorkflowSource } from "../definition/WorkflowSource.js";
import type { RunStart } from "../drive/RunStart.js";
import { mergeLimits, policyOf } from "../drive/run-policy.js";
import { startPlace } from "../drive/start-place.js";
import { storedDefinitions } from "../drive/stored-definition.js";
import { startedFromOf } from "../storage/started-from.js";
import { checkAgents } from "./check-agents.js";
import type { EngineContext } from "./EngineContext.js";
import { endedRun } from "./ended-run.js";
import { START_CHECKS } from "./engine-option-checks.js";
import { assertSameStart, type StartIdentity, wonStart } from "./named-run.js";
import { DEFAULT_CHECKPOINTS, newRun } from "./new-run.js";
import { RunHandle } from "./RunHandle.js";
import { handleOf, resumeRun } from "./resume-run.js";
import { valuesOf } from "./start-values.js";
import { setCheckpointPolicy, setLimits } from "./validate-options.js";

/** Starts a run, or joins or resumes the run with this id; settles when the start is durable. */
export async function startRun(
  engine: EngineContext,
  source: WorkflowSource,
  options: StartOptions,
): Promise<RunHandle> {
  checkOptions<StartOptions>("start", options, START_CHECKS);
  for (;;) {
    const handle = await tryStart(engine, source, options);
    // Another engine has just started, continued or removed the run with this id: look it up again.
    if (handle === undefined) continue;
    if (options.signal !== undefined && engine.runs.has(handle.id))
      engine.signals.attach(handle.id, options.signal);
    return handle;
  }
}

async function tryStart(
  engine: EngineContext,
  source: WorkflowSource,
  options: StartOptions,
): Promise<RunHandle | undefined> {
  engine.assertOpen();
  options.signal?.throwIfAborted();
  const workflow = prepareOnce(source, options.format);
  const start = describeStart(engine, workflow, options);
  const { runId, inputs, context } = start;
  const startedFrom = startedFromOf(options.startedFrom);
  // Nothing is awaited between this check and `activate`, so that two calls cannot both start the
  // run.
  if (options.runId !== undefined && exists(engine, runId))
    return joinOrResume(engine, runId, {
      definitionHash: workflow.hash,
      definition: workflow.definition,
      inputs,
      context,
    });
  checkAgents(engine, workflow);
  const run = engine.activate({
    start,
    leaseEpoch: 1,
    leaseUntil: engine.leases.leaseUntil,
    newRun: {
      run: newRun(engine, start, workflow.hash, startedFrom),
      definitions: storedDefinitions(workflow, start.createdAt),
    },
  });
  run.begin();
  return (await wonStart(run)) ? handleOf(engine, run) : undefined;
}

/**
 * Throws the errors of `engine.start` that follow from the workflow and the options alone
 * (`invalid_input`, `invalid_argument`), so that a program can report them before it opens an
 * engine, which creates the database.
 */
export function checkStart(workflow: PreparedWorkflow, options: StartOptions = {}): void {
  checkOptions<StartOptions>("start", options, START_CHECKS);
  valuesOf(workflow, options);
}

/** Validates everything about a new run before it has any effect. */
export function describeStart(
  { ports, options: engineOptions }: EngineContext,
  workflow: PreparedWorkflow,
  options: StartOptions,
): RunStart {
  const { definition, graph, source, format } = workflow;
  const { inputs, context } = valuesOf(workflow, options);
  const createdAt = ports.clock.now();
  const limits = mergeLimits(setLimits(engineOptions), setLimits(options));
  const checkpoints = setCheckpointPolicy(engineOptions.checkpoint ?? DEFAULT_CHECKPOINTS);
  const policy = policyOf(definition, limits, checkpoints);
  const runId = options.runId ?? ports.ids.next();
  return {
    ...{ runId, createdAt, definition, graph, source, format, inputs, context, policy },
    ...startPlace(options.startedFrom),
  };
}

/** Whether a run with this id is stored, or about to be. */
export function exists({ runs, storage }: EngineContext, runId: string): boolean {
  return runs.has(runId) || runs.isClaimed(runId) || storage.getRun(runId) !== undefined;
}

// Returns the run with an id that the caller chose, resumed or as it ended; undefined if it no
// longer exists.
async function joinOrResume(
  engine: EngineContext,
  runId: string,
  identity: StartIdentity,
): Promise<RunHandle | undefined> {
  const { runs, storage } = engine;
  await runs.whenUnclaimed(runId);
  const started = runs.get(runId);
  // A run that was started in the same turn is not in the database yet.
  if (started !== undefined) await wonStart(started);
  // In this engine, a run has not ended while one of its agents is still running.
  await runs.whenStopped(runId);
  const stored = storage.getRun(runId);
  if (stored === undefined) return undefined;
  assertSameStart(storage, stored, identity);
  if (engine.expired.mustWatch(stored)) {
    await engine.expired.watch(stored);
    // Its owner may have continued in the meantime, and the run may have ended.
    return undefined;
  }
  const { status } = stored;
  if (status !== "completed" && status !== "cancelled")
    return resumeRun(engine, runId, { joins: true, isByUser: true });
  const active = runs.get(runId);
  if (active !== undefined) return handleOf(engine, active);
  const ended = endedRun(storage, stored, status);
  return new RunHandle(ended, (options) => engine.events(runId, options));
}
