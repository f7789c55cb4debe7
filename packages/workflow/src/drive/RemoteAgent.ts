import type { Agent, AgentPort } from "../agents/AgentPort.js";
import type { AttemptOptions } from "./AttemptOptions.js";
import type { AttemptRequest } from "./attempt-request.js";
import type { Outcome } from "./outcome.js";

/**
 * An agent whose attempts are performed by other processes. Its requests are sent as written:
 * templates are rendered, secrets supplied and timeouts enforced by the process that performs the
 * attempt.
 */
export interface RemoteAgent extends AgentPort {
  /**
   * Has the attempt performed elsewhere, or joins the attempt with the same `idempotencyKey`.
   * Settles with the outcome that the other process determined; never rejects. When the signal is
   * aborted with the reason `"released"`, it settles at once and leaves the attempt running; with
   * any other reason, it ends the attempt.
   */
  performAttempt(request: AttemptRequest, options: AttemptOptions): Promise<Outcome>;
}

/** Whether an agent's attempts are performed by other processes. */
export function isRemoteAgent(agent: Agent | undefined): agent is RemoteAgent {
  return typeof agent === "object" && "performAttempt" in agent;
}
