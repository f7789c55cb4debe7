import type { RunControl } from "@automatosx/dashboard";
import { isOwned, type StoragePort, type WorkflowEngine } from "@automatosx/workflow";
import { type Launcher, launchDetached } from "./launch-detached.js";

/**
 * Changes runs as the command line does: what starts nothing goes through an engine without agents;
 * each run that is resumed or started gets a process of its own.
 */
export function detachedControl(
  engine: WorkflowEngine,
  launcher: Omit<Launcher, "storage">,
  typed: RunControl["typed"],
): RunControl {
  const { storage } = engine;
  return {
    send: (runId, command) => engine.send(runId, command),
    fork: async (runId, options) => (await engine.fork(runId, options)).runId,
    launch: async (launch) => {
      if (launch.verb === "resume" && isRunOwned(storage, launch.runId)) {
        // A run that its owner is pausing continues there, unless the owner is just leaving it.
        const outcome = await engine.send(launch.runId, { verb: "resume" });
        if (isRunOwned(storage, launch.runId)) return outcome;
      }
      return launchDetached({ ...launcher, storage }, launch);
    },
    typed,
  };
}

function isRunOwned(storage: StoragePort, runId: string): boolean {
  const run = storage.getRun(runId);
  return run !== undefined && isOwned(run);
}
