import type { WorkflowDefinition } from "@automatosx/schemas";
import type { AttemptRequest } from "../../drive/attempt-request.js";
import type { RunStart } from "../../drive/RunStart.js";
import { mergeLimits, policyOf } from "../../drive/run-policy.js";
import { startPlace } from "../../drive/start-place.js";
import { WorkflowError } from "../../errors.js";
import type { StoragePort, StoredDefinition } from "../../storage/StoragePort.js";
import type { ActiveRun } from "../ActiveRun.js";
import { checkSecrets } from "../check-secrets.js";
import { checkSessions } from "../check-sessions.js";
import type { EngineContext } from "../EngineContext.js";
import { DEFAULT_CHECKPOINTS, newRun } from "../new-run.js";
import { setCheckpointPolicy, setLimits } from "../validate-options.js";

/** How deep runs may start runs; the first run counts. */
const MAX_DEPTH = 8;

/** A child run to start. */
export interface ChildStart {
  readonly runId: string;
  readonly request: AttemptRequest;
  readonly stored: StoredDefinition;
  readonly definition: WorkflowDefinition;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/**
 * Starts the run of a step; it becomes active in this engine. It has the engine's limits and those
 * of its own workflow, and is started from where its parent was.
 *
 * @throws WorkflowError `unknown_agent` or `invalid_definition`; then nothing was started
 */
export function startChild(
  engine: EngineContext,
  { runId, request, stored, definition, inputs }: ChildStart,
): ActiveRun {
  const { storage, agents, options, ports } = engine;
  checkDepth(request, depthOf(storage, request.runId));
  agents.check(definition);
  checkSecrets(definition, options.secrets, stored.source);
  checkSessions(definition, agents, stored.source);
  const startedFrom = storage.getRun(request.runId)?.startedFrom;
  const checkpoints = setCheckpointPolicy(options.checkpoint ?? DEFAULT_CHECKPOINTS);
  const start: RunStart = {
    ...{ runId, definition, inputs, createdAt: ports.clock.now() },
    ...{ source: stored.source, format: stored.format, context: definition.context },
    policy: policyOf(definition, mergeLimits(setLimits(options), {}), checkpoints),
    ...startPlace(startedFrom),
  };
  const run = engine.activate({
    start,
    leaseEpoch: 1,
    leaseUntil: engine.leases.leaseUntil,
    newRun: {
      run: {
        ...newRun(engine, start, stored.hash, startedFrom),
        parentRunId: request.runId,
        parentStepId: request.stepId,
      },
      // The commit that started the parent has stored it.
      definitions: [],
    },
  });
  run.begin();
  return run;
}

function depthOf(storage: StoragePort, runId: string): number {
  let depth = 1;
  for (let run = storage.getRun(runId); run?.parentStepId !== undefined; depth += 1)
    run = storage.getRun(run.parentRunId ?? "");
  return depth;
}

/**
 * Throws `invalid_definition` if the steps of a run `depth` levels deep, where the first run is at
 * level 1, may start no runs.
 */
export function checkDepth(
  { runId, workflow }: Pick<AttemptRequest, "runId" | "workflow">,
  depth: number,
): void {
  if (depth < MAX_DEPTH) return;
  throw new WorkflowError(
    "invalid_definition",
    `The workflow ${workflow?.workflowId} would be run ${depth} levels below the first one.`,
    { runId, remedy: `Runs may start runs up to ${MAX_DEPTH} levels deep.` },
  );
}
