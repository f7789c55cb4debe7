import { dirname } from "node:path";
import { prepareWorkflowFile, type WorkflowEngine } from "@automatosx/workflow";
import { WorkflowError } from "@automatosx/workflow/errors";
import { isOwned } from "@automatosx/workflow/observe";
import type { Launch, Launched, RunControl } from "./DashboardOptions.js";

/** Changes runs through an engine of this process. What is launched ends with the engine. */
export function engineControl(
  engine: WorkflowEngine,
  typed: RunControl["typed"] = (words) => ["axw", ...words].join(" "),
): RunControl {
  return {
    send: (runId, command) => engine.send(runId, command),
    fork: async (runId, options) => (await engine.fork(runId, options)).runId,
    launch: (launch) => outcomeOf(() => begin(engine, launch)),
    typed,
  };
}

async function begin(engine: WorkflowEngine, launch: Launch): Promise<Launched> {
  switch (launch.verb) {
    case "resume":
      return resume(engine, launch.runId);
    case "restore":
      await engine.resume(launch.checkpointId);
      return { ok: true };
    case "run": {
      const { runId, file, inputs } = launch;
      const startedFrom = { file, directory: dirname(file) };
      await engine.start(prepareWorkflowFile(file), { runId, inputs, startedFrom });
      return { ok: true };
    }
  }
}

// A run that its owner is pausing continues there.
async function resume(engine: WorkflowEngine, runId: string): Promise<Launched> {
  const run = engine.storage.getRun(runId);
  const isElsewhere = run !== undefined && isOwned(run) && engine.activeRun(runId) === undefined;
  if (isElsewhere) return engine.send(runId, { verb: "resume" });
  await engine.resume(runId);
  return { ok: true };
}

/** Returns an error that concerns the launch as data. */
async function outcomeOf(begin: () => Promise<Launched>): Promise<Launched> {
  try {
    return await begin();
  } catch (error) {
    if (!(error instanceof WorkflowError)) throw error;
    const { code, message, remedy } = error;
    return { ok: false, code, message, ...(remedy !== undefined && { remedy }) };
  }
}
