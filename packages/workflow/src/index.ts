export type { Agent, AgentFunction, AgentPort, AgentRequest, LogStream } from "./agents/AgentPort.js";
export { AgentError } from "./agents/AgentPort.js";
export type { DefinitionIssue, WorkflowErrorCode, WorkflowErrorDetails } from "./errors.js";
export { WorkflowError } from "./errors.js";

// --- Definitions: from text to what the engine runs.
export type { DefinitionFormat, ParseOutcome } from "./definition/check-definition.js";
export { hashDefinition } from "./definition/definition-hash.js";
export { formatIssue, formatIssues } from "./definition/format-issues.js";
export type { IssueKind } from "./definition/issue-codes.js";
export { ISSUE_KINDS } from "./definition/issue-codes.js";
export type { RenderedTask, TaskValues } from "./definition/task-template.js";
export { renderTask } from "./definition/task-template.js";
export type { WorkflowParserOptions } from "./definition/WorkflowParser.js";
export { WorkflowParser } from "./definition/WorkflowParser.js";
