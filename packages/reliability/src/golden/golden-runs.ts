import type { AgentFunction, WorkflowData } from "@automatosx/workflow";

/**
 * The workflow of the runs in a golden database: a retry, a checkpoint, a large result, a fan-out
 * and a fan-in. It is stored in released databases and never changes.
 */
export const GOLDEN_WORKFLOW: WorkflowData = {
  id: "golden",
  inputs: { place: { type: "string", default: "here" } },
  steps: [
    { id: "plan", agentId: "worker", task: "Plan the work ${{ inputs.place }}." },
    {
      id: "draft",
      agentId: "worker",
      task: "Draft.",
      dependencies: ["plan"],
      checkpoint: "drafted",
      retries: 1,
      retry: { backoff: "1ms" },
    },
    { id: "large", agentId: "worker", task: "Write at length.", dependencies: ["plan"] },
    {
      id: "gate",
      agentId: "gate",
      task: "Wait to be let through.",
      dependencies: ["draft", "large"],
    },
    { id: "last", agentId: "worker", task: "Finish.", dependencies: ["gate"] },
  ],
};

/** The runs' results, regardless of which version ends them. */
export const GOLDEN_RESULTS = {
  plan: "plan 1: Plan the work here.",
  draft: "draft 2: Draft.",
  large: "x".repeat(300_000),
  gate: "through",
  last: "last 1: Finish.",
};

/** Fails the first attempt at the draft. Calls `onStart` with `step/attempt` for each attempt. */
export function goldenWorker(onStart: (attempt: string) => void): AgentFunction {
  return ({ stepId, attemptNumber, task }) => {
    onStart(`${stepId}/${attemptNumber}`);
    if (stepId === "draft" && attemptNumber === 1) throw new Error("not yet");
    return stepId === "large" ? GOLDEN_RESULTS.large : `${stepId} ${attemptNumber}: ${task}`;
  };
}
