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
  return { ...request, keptFiles: [...newestFiles(machine).values()] };
}

/** Returns the files that completed steps have left, by path; of each path, the newest version. */
export function newestFiles(machine: WorkflowMachine): Map<string, KeptFile> {
  return new Map(RunQueries.keptFiles(machine).map((file) => [file.path, file]));
}
