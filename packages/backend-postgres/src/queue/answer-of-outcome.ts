import {
  AgentError,
  type AgentErrorClass,
  type AgentRequest,
  agentReply,
} from "@automatosx/workflow";
import type { AttemptRequest, Outcome } from "@automatosx/workflow/drive";

const CLASS_OF_REASON: Readonly<Record<string, AgentErrorClass>> = {
  error: "error",
  transient: "transient",
  rate_limit: "rate_limit",
  timeout: "timeout",
  invalid_output: "invalid_output",
  refused: "refused",
  check: "check",
  unknown: "unknown",
  interrupted: "interrupted",
};

/** Returns what an agent returns for an outcome; throws the `AgentError` for a failure. */
export function answerOfOutcome(outcome: Outcome): unknown {
  const { usage } = outcome;
  if (outcome.ok) {
    const result = JSON.parse(outcome.text) as unknown;
    const { session } = outcome;
    if (usage === undefined && session === undefined) return result;
    return agentReply({
      result,
      ...(usage !== undefined && { usage }),
      ...(session !== undefined && { session }),
    });
  }
  const { error, reason, retryAt, scope } = outcome;
  // The other reasons are of requests that no further attempt can perform.
  throw new AgentError(error, {
    class: CLASS_OF_REASON[reason] ?? "fatal",
    ...{ retryAt, scope, usage },
  });
}

/**
 * Returns the request of an attempt for a request that is rendered already. Its texts are escaped,
 * because the worker renders them.
 */
export function unrendered(request: AgentRequest): AttemptRequest {
  const { runId, workflowId, stepId, stepName, agentId, attemptNumber, idempotencyKey } = request;
  const { directory, traceparent, files, schema, item, feedback, session } = request;
  if (request.run !== undefined)
    throw new AgentError(
      "a `run` step cannot be queued once its variables are rendered: they may contain secrets. " +
        "Register the agent of the queue itself, without another agent around it",
      { class: "fatal" },
    );
  return {
    ...{ runId, workflowId, stepId, stepName, agentId, attemptNumber, idempotencyKey },
    task: escaped(request.task),
    inputs: copyOf(request.inputs),
    context: copyOf(request.context),
    dependencies: Object.keys(request.previousResults),
    results: request.previousResults,
    values: {},
    ...(directory !== undefined && { directory }),
    ...(traceparent !== undefined && { traceparent }),
    ...(request.with !== undefined && { with: escapedValue(request.with) as typeof request.with }),
    ...(files !== undefined && { files: files.map(escaped) }),
    ...(schema !== undefined && { schema }),
    ...(item !== undefined && { item }),
    ...(feedback !== undefined && { feedback }),
    ...(session !== undefined && { session: { from: "an earlier step", reference: session } }),
  };
}

// The members of a request note that they are read: here, all of them are.
function copyOf(values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return JSON.parse(JSON.stringify(values)) as Readonly<Record<string, unknown>>;
}

// A replacement as text would read `$$` as one `$`.
const escaped = (text: string): string => text.replaceAll("${{", () => "$${{");

function escapedValue(value: unknown): unknown {
  if (typeof value === "string") return escaped(value);
  if (Array.isArray(value)) return value.map(escapedValue);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, escapedValue(member)]),
  );
}
