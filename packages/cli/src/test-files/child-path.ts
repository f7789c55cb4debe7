import type { AgentRequest } from "@automatosx/workflow";

/**
 * Where the steps of a child run stand in the run of the case: `audit.` for those of the run that
 * the step `audit` has started. Empty for the run itself.
 */
export function childPrefix(runId: string): string {
  const dot = runId.indexOf(".");
  if (dot === -1) return "";
  const path = runId.slice(dot + 1).replaceAll(/~\d+(?=\.|$)/g, "");
  return `${decodeURIComponent(path)}.`;
}

/** A request as the case names its step: `audit.look` for the step `look` of a child run. */
export function shownRequest(request: AgentRequest): AgentRequest {
  const prefix = childPrefix(request.runId);
  if (prefix === "") return request;
  // Not a copy: to read all of the request would say that the agent has.
  return Object.create(request, {
    stepId: { value: prefix + request.stepId, enumerable: true },
  }) as AgentRequest;
}
