import type { StartOptions } from "../backend/ExecutionBackend.js";
import type { WorkflowSource } from "../definition/WorkflowSource.js";

/** How to fork a run. */
export interface ForkOptions extends Pick<StartOptions, "runId" | "inputs" | "startedFrom"> {
  /** The id of the checkpoint to begin with. Default: the current state of the run. */
  readonly checkpoint?: string;
  /** The workflow of the new run. Default: the current one of the run. */
  readonly source?: WorkflowSource;
}
