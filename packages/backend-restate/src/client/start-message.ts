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

/** Returns the message that starts a run. Throws `invalid_input`. */
export function startMessage(
  workflow: PreparedWorkflow,
  options: StartOptions,
  {
    runId,
    now,
    coreFormat = CORE_FORMAT,
  }: { readonly runId: string; readonly now: number; readonly coreFormat?: string },
): StartMessage {
  const { inputs, context } = valuesOf(workflow, options);
  const startedFrom = startedFromOf(options.startedFrom);
  return {
    ...{ runId, createdAt: now, coreFormat, referenceKey: randomUUID() },
    definition: storedDefinition(workflow, now),
    ...{ inputs, context },
    policy: policyOf(workflow.definition, setLimits(options), DEFAULT_CHECKPOINTS),
    ...(startedFrom !== undefined && { startedFrom }),
  };
}
