import { AgentError, type AgentMap, RUN_STEP_ID } from "@automatosx/workflow";
import type { WorkerOptions } from "./worker-options.js";

/**
 * What performs the `run` steps of a worker that runs no programs of workflow files: it refuses
 * them. Whoever can start a run could otherwise run programs on the worker.
 */
export function noFileAgents({ allowFileAgents = false }: WorkerOptions): AgentMap {
  if (allowFileAgents) return {};
  return {
    [RUN_STEP_ID]: {
      description: "refuses programs of workflow files",
      execute: async () => {
        throw new AgentError(
          "The worker runs no programs of workflow files: it was started without " +
            "--allow-file-agents.",
          { retryable: false },
        );
      },
    },
  };
}
