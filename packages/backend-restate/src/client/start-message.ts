import { randomUUID } from "node:crypto";
import type { PreparedWorkflow, StartOptions } from "@automatosx/workflow";
import { policyOf } from "@automatosx/workflow/drive";
import {
  DEFAULT_CHECKPOINTS,
  type StoredDefinition,
  setLimits,
  startedFromOf,
  storedDefinitions,
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
  const [definition, ...children] = storedDefinitions(workflow, now);
  return {
    ...{ runId, createdAt: now, coreFormat, referenceKey: randomUUID() },
    definition: definition as StoredDefinition,
    ...(children.length > 0 && { children }),
    ...{ inputs, context },
    policy: policyOf(workflow.definition, setLimits(options), DEFAULT_CHECKPOINTS),
    ...(startedFrom !== undefined && { startedFrom }),
  };
}
