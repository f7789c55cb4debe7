import type { BackendReading } from "../backend/ExecutionBackend.js";
import type { StoragePort } from "../storage/StoragePort.js";

/** Returns what the embedded engine reads of runs besides their journals. */
export function embeddedReading(storage: StoragePort): BackendReading {
  return {
    logs: async (runId, { stepId, afterId, maxLength } = {}) =>
      storage.readLogs(runId, stepId, afterId, maxLength),
    attempts: async (runId, stepId) => storage.listAttempts(runId, stepId),
    checkpoints: async (runId) => storage.listCheckpoints(runId),
    definition: async (runId) => {
      const run = storage.getRun(runId);
      return run && storage.getWorkflow(run.currentDefinitionHash ?? run.definitionHash);
    },
  };
}
