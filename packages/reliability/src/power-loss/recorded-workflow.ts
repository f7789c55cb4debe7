import type { Agent, AgentRequest, WorkflowData } from "@automatosx/workflow";

/**
 * Twelve steps: a chain, a fan-out, a retry and two checkpoints. Small, so that one disk state is
 * checked in a millisecond.
 */
export const workflow: WorkflowData = {
  id: "small",
  defaults: { agentId: "plain" },
  steps: [
    { id: "plan", task: "plan" },
    {
      id: "read",
      task: "read ${{ steps.plan.output }}",
      dependencies: ["plan"],
      checkpoint: "read",
    },
    { id: "left", task: "left", dependencies: ["read"] },
    {
      id: "middle",
      task: "middle",
      agentId: "unsteady",
      retry: { max: 2, backoff: 1, jitter: "none" },
      dependencies: ["read"],
    },
    { id: "right", task: "right", dependencies: ["read"] },
    { id: "merge", task: "merge", dependencies: ["left", "middle", "right"] },
    { id: "check", task: "check", dependencies: ["merge"] },
    { id: "write", task: "write", dependencies: ["check"] },
    { id: "sign", task: "sign", dependencies: ["write"], checkpoint: "signed" },
    { id: "send", task: "send", dependencies: ["sign"] },
    { id: "file", task: "file", dependencies: ["sign"] },
    { id: "end", task: "end", dependencies: ["send", "file"] },
  ],
};

function answer({ stepId, previousResults }: AgentRequest): unknown {
  return { stepId, from: Object.keys(previousResults).sort(), text: `${stepId} `.repeat(20) };
}

/**
 * Agents whose answers depend only on the request, so that an interrupted run ends like an
 * undisturbed one.
 */
export const agents: Readonly<Record<string, (request: AgentRequest) => unknown>> = {
  plain: answer,
  unsteady: (request) => {
    if (request.attemptNumber === 1) throw new Error("not yet");
    return answer(request);
  },
} satisfies Record<string, Agent>;
