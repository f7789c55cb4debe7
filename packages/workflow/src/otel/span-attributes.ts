import type { WorkflowDefinition } from "@automatosx/schemas";
import type { Attributes } from "@opentelemetry/api";
import type { AgentUsage } from "../agents/agent-usage.js";
import type { AttemptEnded, AttemptStarted, RunEnded, StepEnded } from "../trace/RunFact.js";

/*
 * Names that begin with `gen_ai` and `error` are those of the OpenTelemetry semantic conventions;
 * the conventions for `gen_ai` may still change.
 */

/** What names an attempt and its step. */
type AboutAttempt = Pick<AttemptStarted, "stepId" | "attemptNumber" | "agentId" | "kind">;

/** Returns the name of the span of a run. */
export function runName({ name }: WorkflowDefinition): string {
  return `invoke_workflow ${name}`;
}

/** Returns the name of the span of a step: the same for all items and rounds. */
export function stepName(stepId: string): string {
  return `step ${withoutKeys(stepId)}`;
}

/** Returns the name of the span of an attempt. */
export function attemptName({ kind, agentId, stepId }: AboutAttempt): string {
  return kind === "agent" ? `invoke_agent ${agentId}` : `${kind} ${withoutKeys(stepId)}`;
}

/** The attributes that the span of a run begins with. */
export function runAttributes(
  runId: string,
  { id, name, version }: WorkflowDefinition,
  executionNumber: number,
): Attributes {
  return {
    "gen_ai.operation.name": "invoke_workflow",
    "gen_ai.workflow.name": name,
    "automatosx.run.id": runId,
    "automatosx.run.execution": executionNumber,
    "automatosx.workflow.id": id,
    "automatosx.workflow.version": version,
  };
}

/** The attributes that the end of a run adds. */
export function runEndAttributes({ status, errorCode }: RunEnded): Attributes {
  return {
    "automatosx.run.status": status,
    ...(status === "failed" && { "error.type": errorCode ?? "_OTHER" }),
  };
}

/** The attributes of the span of a step. */
export function stepAttributes({ runId, stepId, kind, status, reason }: StepEnded): Attributes {
  return {
    "automatosx.run.id": runId,
    "automatosx.step.path": stepId,
    "automatosx.step.kind": kind,
    "automatosx.step.status": status,
    ...(status === "failed" && { "error.type": reason ?? "_OTHER" }),
  };
}

/** The attributes that the span of an attempt begins with. */
export function attemptAttributes(
  runId: string,
  { stepId, attemptNumber, agentId, kind }: AboutAttempt,
): Attributes {
  return {
    ...(kind === "agent" && {
      "gen_ai.operation.name": "invoke_agent",
      "gen_ai.agent.name": agentId,
    }),
    "automatosx.run.id": runId,
    "automatosx.step.path": stepId,
    "automatosx.attempt.number": attemptNumber,
  };
}

/**
 * The attributes that the end of an attempt adds. `reported` is what its agent has said in this
 * process; the journal only has the sum of its tokens.
 */
export function attemptEndAttributes(
  { status, reason, usage, reused }: AttemptEnded,
  reported: AgentUsage | undefined,
): Attributes {
  const { inputTokens, outputTokens, cachedInputTokens } = reported ?? {};
  return {
    "automatosx.attempt.status": status,
    ...(status === "failed" && { "error.type": reason ?? "_OTHER" }),
    ...(inputTokens !== undefined && { "gen_ai.usage.input_tokens": inputTokens }),
    ...(outputTokens !== undefined && { "gen_ai.usage.output_tokens": outputTokens }),
    ...(cachedInputTokens !== undefined && {
      "gen_ai.usage.cache_read.input_tokens": cachedInputTokens,
    }),
    ...(usage?.tokens !== undefined && { "automatosx.usage.tokens": usage.tokens }),
    ...(usage?.usd !== undefined && { "automatosx.usage.usd": usage.usd }),
    ...(reused !== undefined && { "automatosx.reused.run.id": reused.runId }),
  };
}

/** A path without the keys of items and the numbers of rounds, of which there may be many. */
function withoutKeys(stepId: string): string {
  return stepId.replaceAll(/\[[^\]]*\]|#\d+/g, "");
}
