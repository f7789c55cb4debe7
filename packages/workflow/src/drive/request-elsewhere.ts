import type { WorkflowDefinition } from "@automatosx/schemas";
import { RunQueries, type WorkflowMachine } from "../core/workflow-state-machine.js";
import { hasRunDirectory } from "../every-step.js";
import type { KeptFile } from "../run-directory/kept-files.js";
import type { AttemptRequest } from "./attempt-request.js";

/**
 * Returns the request of an attempt as a host needs it that does not have the directory of the run:
 * with the files that completed steps have declared, if attempts of the workflow work in a
 * directory.
 */
export function requestElsewhere(
  request: AttemptRequest,
  definition: WorkflowDefinition,
  machine: WorkflowMachine,
): AttemptRequest {
  if (!hasRunDirectory(definition)) return request;
  const newest = new Map<string, KeptFile>();
  for (const file of RunQueries.keptFiles(machine)) newest.set(file.path, file);
  return { ...request, keptFiles: [...newest.values()] };
}
