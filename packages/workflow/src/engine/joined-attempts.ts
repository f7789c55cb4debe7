import type { AgentDirectory } from "../agents/AgentDirectory.js";
import { RunQueries, type StepInfo } from "../core/workflow-state-machine.js";
import type { AttemptRequest } from "../drive/attempt-request.js";
import type { ActiveRun } from "./ActiveRun.js";

/**
 * The shortest timeout of an attempt that is joined, in ms. The work may have ended while no engine
 * was there to receive its answer.
 */
const MIN_JOINED_TIMEOUT_MS = 5000;

/** Returns the attempts in flight that their agents can join. */
export function joinableAttempts(
  run: ActiveRun,
  inFlight: readonly StepInfo[],
  { agents }: { readonly agents: AgentDirectory },
): readonly StepInfo[] {
  return inFlight.filter(({ id, attemptNumber }) => {
    const request = run.request(id, attemptNumber);
    const agent = request && agents.find(run.definition, request.agentId);
    return typeof agent === "object" && agent.resumes === true;
  });
}

/** Returns the attempts for whose outcome the run no longer waits. */
export function revokedAttempts(
  { machine }: ActiveRun,
  attempts: readonly StepInfo[],
): readonly StepInfo[] {
  return attempts.filter(({ id, attemptNumber }) => {
    const step = RunQueries.step(machine, id);
    return step?.status !== "running" || step.attemptNumber !== attemptNumber;
  });
}

/** Returns the request for an attempt that another engine started `elapsedMs` ago. */
export function joiningRequest(request: AttemptRequest, elapsedMs: number): AttemptRequest {
  const { timeoutMs } = request;
  if (timeoutMs === undefined) return request;
  const leftMs = Math.max(timeoutMs - elapsedMs, Math.min(timeoutMs, MIN_JOINED_TIMEOUT_MS));
  return { ...request, timeoutMs: leftMs };
}
