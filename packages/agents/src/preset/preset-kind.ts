import { PresetAgentDefinition } from "@automatosx/schemas";
import { changedEnvironment } from "@automatosx/workflow/programs";
import type { AgentKind } from "../AgentKind.js";
import { processOptions } from "../process/process-options.js";
import { folderProblem, programProblem } from "../process/program-problem.js";
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
  describe(definition, place) {
    const { preset, args } = definition;
    const { program, installHint } = presets[preset];
    const env = changedEnvironment(place.env ?? process.env, definition.env);
    const { cwd = place.baseFolder } = processOptions(definition, place);
    const problem =
      program === undefined
        ? undefined
        : (programProblem(program, { key: "preset", env, cwd, installHint }) ??
          folderProblem(definition, place));
    return {
      description: [`preset ${preset}`, ...args].join(" "),
      preset,
      ...(program !== undefined && { program }),
      ...(installHint !== undefined && { installHint }),
      isInstalled: problem?.key !== "preset",
      ...(problem !== undefined && { problem }),
      isSimulated: preset === "simulated",
    };
  },
};
