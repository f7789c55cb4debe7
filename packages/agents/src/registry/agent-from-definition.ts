import type { AgentDefinition } from "@automatosx/schemas";
import type { AgentPort } from "@automatosx/workflow";
import type { DefinitionPlace } from "../AgentKind.js";
import { kindOf } from "./kinds.js";

/**
 * Makes the agent of one entry of an `agents:` map. It is an `AgentFactory`:
 * `WorkflowEngine.open({ agentFactory: agentFromDefinition })`.
 *
 * @throws WorkflowError `invalid_argument` when the agent can never work.
 */
export function agentFromDefinition(
  definition: AgentDefinition,
  _agentId?: string,
  place: DefinitionPlace = {},
): AgentPort {
  return kindOf(definition).make(definition, place);
}
