import type { AgentDefinition } from "@automatosx/schemas";
import type { AgentPort } from "@automatosx/workflow";
import type { DefinitionPlace } from "../AgentKind.js";
import { kindOf } from "./kinds.js";

/**
 * Makes an agent from one entry of an `agents:` map. This function is an `AgentFactory`:
 * `WorkflowEngine.open({ agentFactory: agentFromDefinition })`.
 *
 * @throws WorkflowError `invalid_argument` if the agent could never work.
 */
export function agentFromDefinition(
  definition: AgentDefinition,
  _agentId?: string,
  place: DefinitionPlace = {},
): AgentPort {
  return kindOf(definition).make(definition, place);
}
