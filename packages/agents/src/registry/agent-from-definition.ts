import { isAbsolute } from "node:path";
import type { AgentDefinition } from "@automatosx/schemas";
import type { AgentPort } from "@automatosx/workflow";
import { isPathLike } from "@automatosx/workflow/programs";
import type { DefinitionPlace } from "../AgentKind.js";
import { kindOf } from "./kinds.js";

/**
 * Makes an agent from one entry of an `agents:` map. This function is an `AgentFactory`:
 * `WorkflowEngine.open({ agentFactory: agentFromDefinition })`.
 *
 * Without `place.baseFolder`, relative paths are resolved against the folder in which each run was
 * started, or, if that is unknown, against the current folder.
 *
 * @throws WorkflowError `invalid_argument` if the agent could never work.
 */
export function agentFromDefinition(
  definition: AgentDefinition,
  _agentId?: string,
  place: DefinitionPlace = {},
): AgentPort {
  const kind = kindOf(definition);
  const agent = kind.make(definition, place);
  if (place.baseFolder !== undefined || !hasRelativePath(definition)) return agent;
  return {
    ...agent,
    execute(request) {
      const { directory: baseFolder } = request;
      const here =
        baseFolder === undefined ? agent : kind.make(definition, { ...place, baseFolder });
      return here.execute(request);
    },
  };
}

function hasRelativePath(definition: AgentDefinition): boolean {
  if (definition.cwd !== undefined && !isAbsolute(definition.cwd)) return true;
  const [program = ""] = definition.type === "process" ? definition.command : [];
  return isPathLike(program) && !isAbsolute(program);
}
