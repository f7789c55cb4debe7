/** @automatosx/schemas: Zod schemas and types for the data that enters and leaves the engine. */

// --- a workflow as the engine runs it, and its limits
export type { InputDefinition, LimitsDefinition } from "./workflow.schema.js";
export { InputType } from "./input-type.schema.js";
export { WorkflowDefinition } from "./workflow.schema.js";
export type {
  ChoiceDefinition,
  ForeachDefinition,
  LoopDefinition,
  RetryDefinition,
  RunDefinition,
} from "./step.schema.js";
export { StepDefinition } from "./step.schema.js";
export {
  DEFAULT_ITEM_NAME,
  DEFAULT_RETRY,
  DEFAULT_SHELL,
  DEFAULT_STEP_TIMEOUT_MS,
  DEFAULT_VERSION,
  HARD_MAX_STEPS,
  MAX_FAN_OUT,
  MAX_REASKS,
  MAX_RETRIES,
  MAX_ROUNDS,
  MAX_STEPS,
  STEP_KINDS,
} from "./definition-limits.js";
export {
  AgentDefinition,
  AgentPreset,
  DEFAULT_GRACE_MS,
  PresetAgentDefinition,
  ProcessAgentDefinition,
} from "./agent.schema.js";
export { DependencyGraph } from "./graph.schema.js";

// --- a workflow as written, and its normalisation
export type { CheckedWorkflow } from "./written-workflow.schema.js";
export { WrittenWorkflow, writtenWorkflow } from "./written-workflow.schema.js";
export { hasInputType } from "./written-input.schema.js";
export type { CheckedStep } from "./written-step.schema.js";
export { WrittenStep } from "./written-step.schema.js";
export { JoinMode, StepJoin } from "./written-step-parts.js";
export type { WrittenRetry } from "./written-retry.schema.js";
export { KIND_NOUNS, kindOf, type StepKind } from "./step-kind.js";
export { WrittenAgent } from "./agent.schema.js";
export { AGENT_KEY_SYNONYMS } from "./agent-synonyms.js";
export type { NormaliseOptions } from "./normalise-workflow.js";
export { normaliseAgent, normaliseWorkflow } from "./normalise-workflow.js";
export { unwrapExpression } from "./unwrap-expression.js";
export { EXTENSION_PREFIX } from "./extensible.js";
export { Duration, MAX_DURATION_MS, parseDuration } from "./duration.schema.js";
export { invisibleCharacterIn } from "./visible-text.js";
export { Identifier, IDENTIFIER_PATTERN, isInheritedName, slugOf } from "./identifier.schema.js";

// --- a run, as observers see it
export type { JournalEntry } from "./journal-entry.js";
export { statusOf } from "./run-status.js";
export { RunState, RunStatus, StepAttempt, WorkflowMetrics, WorkflowRun } from "./run.schema.js";
export { RunEvent } from "./run-event.schema.js";
export { Checkpoint } from "./checkpoint.schema.js";
export { workflowJsonSchema } from "./json-schema.js";
export { MAX_INT } from "./integer.js";

// --- errors and issues
export type { DefinitionFix, DefinitionIssue, TextEdit } from "./definition-issue.js";
export { WORKFLOW_ERROR_CODES, type WorkflowErrorCode } from "./error-code.js";
