import type { AgentFailure, Plan } from "./Plan.js";

type EndStatus = "completed" | "failed" | "skipped";

/** How a run ends unless it is cancelled. */
export interface ExpectedEnd {
  readonly state: "completed" | "failed";
  readonly statuses: readonly EndStatus[];
}

/** The answer of a step's agent when it succeeds. */
export const resultOf = (stepId: string): string => `result of ${stepId}`;

function endOfStep(script: readonly AgentFailure[], retries: number): EndStatus {
  for (let failureCount = 0; failureCount < script.length; failureCount += 1) {
    if (script[failureCount] === "invalid" || failureCount >= retries) return "failed";
  }
  return "completed";
}

/** Derives a run's end from the agents' scripts alone, without the core or a clock. */
export function expectedEnd(
  { defs, dependencies, graph, indexOf }: Plan,
  scripts: readonly (readonly AgentFailure[])[],
): ExpectedEnd {
  const statuses: EndStatus[] = defs.map(() => "completed");
  for (const id of graph.executionOrder.flat()) {
    const index = indexOf.get(id) ?? -1;
    const isSatisfied = (other: number): boolean =>
      statuses[other] === "completed" ||
      (statuses[other] === "failed" && defs[other]?.continueOnError === true);
    const isReached = dependencies[index]?.every(isSatisfied) ?? true;
    statuses[index] = isReached
      ? endOfStep(scripts[index] ?? [], defs[index]?.retries ?? 0)
      : "skipped";
  }
  const hasFailed = statuses.some(
    (status, index) => status === "failed" && defs[index]?.continueOnError !== true,
  );
  return { state: hasFailed ? "failed" : "completed", statuses };
}
