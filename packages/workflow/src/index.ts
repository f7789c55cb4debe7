export type { Agent, AgentFunction, AgentPort, AgentRequest, LogStream } from "./agents/AgentPort.js";
export { AgentError } from "./agents/AgentPort.js";
export type { DefinitionIssue, WorkflowErrorCode, WorkflowErrorDetails } from "./errors.js";
export { WorkflowError } from "./errors.js";
