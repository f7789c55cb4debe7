import { placeInDefinition } from "@automatosx/workflow";
import type { AttemptRequest } from "@automatosx/workflow/drive";
import { RunQueries, type WorkflowMachine } from "@automatosx/workflow/hosting";
import type { ArtifactStore } from "../attempts/ArtifactStore.js";
import type { AttemptMessage } from "../wire.js";

/** A longer request is stored, and the message names it. */
const MAX_REQUEST_CHARS = 512 * 1024;

/** What the message of an attempt is made of, besides its request. */
export interface MessageSources {
  readonly machine: WorkflowMachine;
  readonly referenceKey: string;
  /** Places of steps whose results the run reads itself. */
  readonly deciding: ReadonlySet<string>;
  readonly artifacts: ArtifactStore;
}

/** Returns the message for the worker that has the agent of an attempt. */
export function attemptMessage(
  request: AttemptRequest,
  { machine, referenceKey, deciding, artifacts }: MessageSources,
): AttemptMessage {
  const { idempotencyKey, runId, stepId, attemptNumber } = request;
  const effectKey = RunQueries.requestKey(machine, stepId);
  // A request without results is small, unless the inputs of the run are large.
  const text = JSON.stringify(request);
  return {
    ...{ idempotencyKey, runId, stepId, attemptNumber, referenceKey },
    ...(text.length > MAX_REQUEST_CHARS ? { stored: artifacts.put(text).sha256 } : { request }),
    isDeciding: deciding.has(placeInDefinition(stepId)),
    ...(effectKey !== undefined && { effectKey }),
  };
}
