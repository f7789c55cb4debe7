import { resolve } from "node:path";
import type { PresetAgentDefinition, ProcessAgentDefinition } from "@automatosx/schemas";
import type { DefinitionPlace } from "../AgentKind.js";
import type { ProcessAgentOptions } from "./process-agent.js";

/** The options that every kind of program reads from its definition. */
export function processOptions(
  { cwd, env, grace, timeout }: ProcessAgentDefinition | PresetAgentDefinition,
  { baseFolder = process.cwd() }: DefinitionPlace,
): Pick<ProcessAgentOptions, "cwd" | "env" | "graceMs" | "timeoutMs"> {
  return {
    env,
    graceMs: grace,
    ...(cwd !== undefined && { cwd: resolve(baseFolder, cwd) }),
    ...(timeout !== undefined && { timeoutMs: timeout }),
  };
}
