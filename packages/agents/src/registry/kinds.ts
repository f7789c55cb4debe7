import type { AgentDefinition } from "@automatosx/schemas";
import type { AgentDescription, AgentKind, DefinitionPlace } from "../AgentKind.js";
import { presetKind } from "../preset/preset-kind.js";
import { processKind } from "../process/process-kind.js";

/** Every kind of agent that a file can define. To add a kind, add a folder and a line here. */
export const agentKinds: {
  readonly [Type in AgentDefinition["type"]]: AgentKind<Extract<AgentDefinition, { type: Type }>>;
} = { process: processKind, preset: presetKind };

/** Returns the kind of a definition. */
export function kindOf<Definition extends AgentDefinition>({
  type,
}: Definition): AgentKind<Definition> {
  return agentKinds[type] as unknown as AgentKind<Definition>;
}

/** Describes an agent from its definition alone, without making it. */
export function describeDefinition(
  definition: AgentDefinition,
  place: DefinitionPlace = {},
): AgentDescription {
  return kindOf(definition).describe(definition, place);
}
