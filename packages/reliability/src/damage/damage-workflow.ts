import type { AgentRequest, WorkflowData } from "@automatosx/workflow";

/** A little more than 256 KiB, so that the result becomes an artifact. */
const LARGE_LENGTH = 262_400;

const steps = [
  { id: "plan", task: "plan ${{ inputs.topic }}" },
  {
    id: "gather",
    task: "gather",
    agentId: "large",
    dependencies: ["plan"],
    checkpoint: "gathered",
  },
  { id: "left", task: "left", dependencies: ["gather"] },
  { id: "right", task: "right", dependencies: ["gather"] },
  { id: "merge", task: "merge", dependencies: ["left", "right"], checkpoint: "merged" },
  { id: "check", task: "check", dependencies: ["merge"] },
  { id: "sign", task: "sign", agentId: "last", dependencies: ["check"] },
  { id: "end", task: "end", dependencies: ["sign"] },
];

export const workflow: WorkflowData = {
  id: "interrupted",
  version: "2.1",
  inputs: { topic: "string" },
  context: { tone: "plain" },
  defaults: { agentId: "plain" },
  steps,
};

function answer({ stepId, previousResults, log }: AgentRequest): unknown {
  log(`working on ${stepId}\n`);
  return { stepId, from: Object.keys(previousResults).sort(), text: `${stepId} `.repeat(8) };
}

/** Agents whose answers depend only on the request; `last` performs the step `sign`. */
export function agents(
  last: (request: AgentRequest) => unknown = answer,
): Record<string, (request: AgentRequest) => unknown> {
  return {
    plain: answer,
    large: ({ inputs }) =>
      `all of ${String(inputs["topic"])} `.repeat(LARGE_LENGTH).slice(0, LARGE_LENGTH),
    last,
  };
}
