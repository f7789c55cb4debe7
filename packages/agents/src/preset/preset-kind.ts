import { PresetAgentDefinition } from "@automatosx/schemas";
import type { AgentKind } from "../AgentKind.js";
import { changedEnvironment } from "../process/attempt-environment.js";
import { processOptions } from "../process/process-options.js";
import { presets } from "./presets.js";

/** A well-known program whose command line is built in, written as `preset: claude`. */
export const presetKind: AgentKind<PresetAgentDefinition> = {
  type: "preset",
  schema: PresetAgentDefinition,
  make(definition, place) {
    const { preset, args } = definition;
    const { workflow } = place;
    return presets[preset].agent({
      ...processOptions(definition, place),
      args,
      ...(workflow !== undefined && { workflow }),
    });
  },
  describe({ preset, args, env }, place) {
    const { program, installHint, isInstalled } = presets[preset];
    return {
      description: [`preset ${preset}`, ...args].join(" "),
      preset,
      ...(program !== undefined && { program }),
      ...(installHint !== undefined && { installHint }),
      isInstalled: isInstalled(changedEnvironment(place.env ?? process.env, env)),
      isSimulated: preset === "simulated",
    };
  },
};
