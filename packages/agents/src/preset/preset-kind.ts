import { PresetAgentDefinition } from "@automatosx/schemas";
import type { AgentKind } from "../AgentKind.js";
import { processOptions } from "../process/process-options.js";
import { presets } from "./presets.js";

/** A well-known program whose command line is built in, written as `preset: claude`. */
export const presetKind: AgentKind<PresetAgentDefinition> = {
  type: "preset",
  schema: PresetAgentDefinition,
  make(definition, place) {
    const { preset, args } = definition;
    return presets[preset].agent({ ...processOptions(definition, place), args });
  },
  describe({ preset, args, env }, place) {
    const { program, installHint, isInstalled } = presets[preset];
    return {
      description: [`preset ${preset}`, ...args].join(" "),
      preset,
      ...(program !== undefined && { program }),
      ...(installHint !== undefined && { installHint }),
      isInstalled: isInstalled({ ...(place.env ?? process.env), ...env }),
      isSimulated: preset === "simulated",
    };
  },
};
