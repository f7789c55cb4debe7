import { type AgentDefinition, type AgentPreset, DEFAULT_GRACE_MS } from "@automatosx/schemas";

/** The definition of an agent that a preset performs as it is. */
export const presetDefinition = (preset: AgentPreset): AgentDefinition => ({
  type: "preset",
  preset,
  args: [],
  env: {},
  grace: DEFAULT_GRACE_MS,
});
