import type { Agent } from "../agents/AgentPort.js";
import { renderTemplate } from "../definition/render-template.js";
import { AgentCall } from "./AgentCall.js";
import { type AttemptOptions, stopReason } from "./AttemptOptions.js";
import type { AttemptRequest } from "./attempt-request.js";
import { failure, type Outcome, outcomeOfError, stopped } from "./outcome.js";
import { misfitOf } from "./output-schema.js";
import { isRemoteAgent } from "./RemoteAgent.js";
import { renderRequest, requestValues } from "./render-request.js";

/**
 * Performs one attempt with an agent and returns its outcome. It renders the task, enforces the
 * timeout, stops the agent when the signal is aborted, and abandons an agent that does not stop. It
 * never rejects. If the agent is undefined or the task cannot be rendered, the outcome is
 * `invalid`. A `RemoteAgent` is given the request as it is: the process that performs the attempt
 * does all of this.
 *
 * The timeout limits the agent's time. Time in which this process could not act does not count for
 * an agent in the process. It does count for a program that was recorded with `recordProcess`,
 * whose time begins when the record is durable. In both cases, a result that has arrived before the
 * timeout is decided is kept.
 */
export function performAttempt(
  agent: Agent | undefined,
  request: AttemptRequest,
  options: AttemptOptions,
): Promise<Outcome> {
  const { clock, signal } = options;
  try {
    if (signal.aborted) return Promise.resolve(stopped(stopReason(signal), request, clock));
    if (isRemoteAgent(agent)) return agent.performAttempt(request, options);
    const values = requestValues(request, options);
    const task = renderTemplate(request.task, values);
    if (!task.ok) return Promise.resolve(failure(task.error, "expression", clock.now()));
    const rendered = renderRequest(request, values, options);
    if (!rendered.ok) return Promise.resolve(failure(rendered.error, "expression", clock.now()));
    if (agent === undefined) {
      const message = `no agent \`${request.agentId}\` is registered`;
      return Promise.resolve(failure(message, "invalid", clock.now()));
    }
    const misfit = sessionProblem(agent, request) ?? optionsMisfit(agent, rendered.parts.with);
    if (misfit !== undefined) return Promise.resolve(failure(misfit, "invalid", clock.now()));
    // Before the agent is called: to read a property of a foreign object may throw.
    const stopMs = typeof agent === "object" ? (agent.stopMs ?? 0) : 0;
    const abandonAfterMs = Math.max(options.abandonAfterMs, stopMs);
    return new AgentCall(agent, request, options, abandonAfterMs).perform(
      task.text,
      rendered.parts,
    );
  } catch (error) {
    return Promise.resolve(outcomeOfError(error, clock.now()));
  }
}

/** Why the options of a step do not fit those that its agent declares; undefined if they do. */
function optionsMisfit(agent: Agent, given: unknown): string | undefined {
  if (typeof agent !== "object" || agent.withSchema === undefined) return undefined;
  const error = misfitOf(agent.withSchema, given ?? {});
  return error === undefined
    ? undefined
    : `the agent does not accept the step's \`with\`: ${error}`;
}

/** Why an attempt cannot continue the conversation of another step; undefined if it can. */
function sessionProblem(agent: Agent, { agentId, session }: AttemptRequest): string | undefined {
  if (session === undefined) return undefined;
  if (typeof agent !== "object" || agent.sessions !== true)
    return `the agent \`${agentId}\` cannot continue conversations`;
  return session.reference === undefined
    ? `\`${session.from}\` has left no conversation to continue`
    : undefined;
}
