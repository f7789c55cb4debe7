import { randomUUID } from "node:crypto";
import type { PreparedWorkflow, StartOptions } from "@automatosx/workflow";
import { policyOf, storedDefinition } from "@automatosx/workflow/drive";
import {
  DEFAULT_CHECKPOINTS,
  setLimits,
  startedFromOf,
  valuesOf,
} from "@automatosx/workflow/hosting";
import { CORE_FORMAT } from "../core-format.js";
import type { StartMessage } from "../wire.js";

/**
 * How many attempts of one run may be in flight, unless its workflow says less: a segment compares
 * all of them with each event.
 */
const MAX_IN_FLIGHT = 200;

/** Returns the message that starts a run. Throws `invalid_input`. */
export function startMessage(
  workflow: PreparedWorkflow,
  options: StartOptions,
  { runId, now }: { readonly runId: string; readonly now: number },
): StartMessage {
  const { inputs, context } = valuesOf(workflow, options);
  const { concurrency, ...limits } = setLimits(options);
  const startedFrom = startedFromOf(options.startedFrom);
  return {
    ...{ runId, createdAt: now, coreFormat: CORE_FORMAT, referenceKey: randomUUID() },
    definition: storedDefinition(workflow, now),
    ...{ inputs, context },
    policy: policyOf(
      workflow.definition,
      { ...limits, concurrency: Math.min(concurrency ?? MAX_IN_FLIGHT, MAX_IN_FLIGHT) },
      DEFAULT_CHECKPOINTS,
    ),
    ...(startedFrom !== undefined && { startedFrom }),
  };
}
