import type { WrittenFailureClass } from "@automatosx/schemas/test-files";
import { AgentError, type AgentUsage } from "@automatosx/workflow";
import { messageOf } from "@automatosx/workflow/errors";

/** The reason why a launch fails, and its cost. */
interface Failure {
  readonly class: WrittenFailureClass;
  readonly retryAt?: number | undefined;
  readonly usage?: AgentUsage | undefined;
}

/** Returns the failure of a scripted agent. */
export function agentFailure(message: string, failure: Failure): AgentError {
  const retryable = failure.class !== "fatal" && failure.class !== "refused";
  return new AgentError(message, { ...failure, retryable });
}

/** Returns the failure with the cost of the attempt, unless it has one. */
export function withCost(error: unknown, usage: AgentUsage | undefined): AgentError {
  const { ...known } = error instanceof AgentError ? error : {};
  const failure = { usage, ...known };
  return new AgentError(messageOf(error), failure);
}
