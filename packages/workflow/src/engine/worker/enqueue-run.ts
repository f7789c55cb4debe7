import type { RunRef, StartOptions } from "../../backend/ExecutionBackend.js";
import { checkOptions } from "../../checks/check-options.js";
import { prepareOnce } from "../../definition/prepare-workflow.js";
import type { WorkflowSource } from "../../definition/WorkflowSource.js";
import { storedDefinitions } from "../../drive/stored-definition.js";
import { startedFromOf } from "../../storage/started-from.js";
import type { EngineContext } from "../EngineContext.js";
import { START_CHECKS } from "../engine-option-checks.js";
import { assertSameStart, type StartIdentity, wonStart } from "../named-run.js";
import { newRun } from "../new-run.js";
import { describeStart, exists } from "../start-run.js";
import { queueRun } from "./queue-run.js";

/** How a run is queued. Every option has a default. */
export type EnqueueOptions = Omit<StartOptions, "signal">;

const { signal: _, ...ENQUEUE_CHECKS } = START_CHECKS;

/** Queues a run for workers, or joins the run with this id; settles when it is durable. */
export async function enqueueRun(
  engine: EngineContext,
  source: WorkflowSource,
  options: EnqueueOptions,
): Promise<RunRef> {
  checkOptions<EnqueueOptions>("enqueue", options, ENQUEUE_CHECKS);
  for (;;) {
    const run = await tryEnqueue(engine, source, options);
    // Undefined if another engine has just started or removed the run with this id.
    if (run !== undefined) return run;
  }
}

async function tryEnqueue(
  engine: EngineContext,
  source: WorkflowSource,
  options: EnqueueOptions,
): Promise<RunRef | undefined> {
  engine.assertOpen();
  const workflow = prepareOnce(source, options.format);
  const start = describeStart(engine, workflow, options);
  const { runId, inputs, context, definition } = start;
  const run = { id: runId, workflowId: definition.id };
  // Nothing is awaited between this check and `activate`, so that two calls cannot both start the
  // run.
  if (options.runId !== undefined && exists(engine, runId)) {
    const identity = { definitionHash: workflow.hash, definition, inputs, context };
    return (await isJoined(engine, runId, identity)) ? run : undefined;
  }
  // Its agents are those of the workers, so they are not checked here. The commit that creates the
  // run records its beginning and releases it.
  const active = engine.activate(
    {
      ...{ start, leaseEpoch: 1, leaseUntil: engine.leases.leaseUntil, leaves: true },
      newRun: {
        run: newRun(engine, start, workflow.hash, startedFromOf(options.startedFrom)),
        definitions: storedDefinitions(workflow, start.createdAt),
      },
    },
    { onlyRecords: true },
  );
  active.begin();
  return (await wonStart(active)) ? run : undefined;
}

// As `start`, except that a run that rests is left to workers.
async function isJoined(
  engine: EngineContext,
  runId: string,
  identity: StartIdentity,
): Promise<boolean> {
  const { runs, storage } = engine;
  await runs.whenUnclaimed(runId);
  const active = runs.get(runId);
  // A run that was started in the same turn is not in the database yet.
  if (active !== undefined && !(await wonStart(active))) return false;
  const stored = storage.getRun(runId);
  if (stored === undefined) return false;
  assertSameStart(storage, stored, identity);
  if (stored.status === "paused" || stored.status === "failed") await queueRun(engine, runId);
  return true;
}
