import { DEFAULT_GRACE_MS } from "@automatosx/schemas/written";
import type { AgentPort } from "../agents/AgentPort.js";

/** Under which id the performer of `run` steps is found. */
export const RUN_STEP_ID = "@run";

/**
 * The performer of `run` steps. The code that starts programs is loaded when it is first needed: a
 * workflow without such a step does not pay for it.
 */
export const runStepAgent: AgentPort = {
  description: "runs the program of the step",
  // As `stopMsAfter(DEFAULT_GRACE_MS)`, without loading it.
  stopMs: DEFAULT_GRACE_MS + 15_000,
  async execute(request) {
    const { performRunStep } = await import("../programs/run-step.js");
    return performRunStep(request);
  },
  async reclaim(idempotencyKey, processGroups, tokens) {
    const { reclaimAfter } = await import("../programs/reclaim-attempt.js");
    await reclaimAfter(DEFAULT_GRACE_MS)(idempotencyKey, processGroups, tokens);
  },
};
