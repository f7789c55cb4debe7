import { AgentPreset } from "@automatosx/schemas";
import type { AgentPort } from "@automatosx/workflow";
import { checkOptions, type OptionChecks } from "@automatosx/workflow/checks";
import { findProgram } from "@automatosx/workflow/programs";
import { PROGRAM_CHECKS, words } from "../process/check-process-options.js";
import { type ProcessAgentOptions, processAgent } from "../process/process-agent.js";
import {
  type SimulatedAgentOptions,
  simulatedAgent,
  taskTexts,
} from "../simulated/simulated-agent.js";
import { WITHOUT_OUTER_SESSION } from "./outer-session.js";

/**
 * A well-known agent program in its non-interactive mode: it reads the task from stdin and prints
 * its answer.
 */
export interface Preset {
  /** The name that a workflow file uses. */
  readonly name: AgentPreset;
  /** The program, for lists. */
  readonly description: string;
  /** The program's name on PATH; absent when the preset needs none. */
  readonly program?: string;
  /** How to install the program, as an instruction. */
  readonly installHint?: string;
  /** Whether the program is on PATH. Does not run it. */
  readonly isInstalled: (env?: NodeJS.ProcessEnv) => boolean;
  /** Makes the agent. `args` are added to the program's own arguments. */
  readonly agent: (options?: PresetOptions) => AgentPort;
}

/** Settings that a preset lets the caller choose. A variable in `env` is passed on unchanged. */
export interface PresetOptions
  extends Pick<ProcessAgentOptions, "cwd" | "env" | "output" | "timeoutMs" | "graceMs">,
    Pick<SimulatedAgentOptions, "workflow"> {
  /** Arguments added to the program's own, one per entry. */
  readonly args?: readonly string[];
}

const PRESET_CHECKS: OptionChecks<PresetOptions> = {
  ...PROGRAM_CHECKS,
  args: words,
  workflow: taskTexts,
};

/** The presets by name. */
export const presets: Readonly<Record<AgentPreset, Preset>> = {
  claude: programPreset("claude", {
    description: "Claude Code, non-interactive (`claude -p`)",
    installHint: "install it with `npm install -g @anthropic-ai/claude-code`",
    command: (args) => ["claude", "-p", ...args],
  }),
  codex: programPreset("codex", {
    // The final `-` makes Codex read the task from stdin. Outside a git repository it refuses to
    // start unless `--skip-git-repo-check` is passed.
    description: "Codex, non-interactive (`codex exec -`)",
    installHint: "install it with `npm install -g @openai/codex`",
    command: (args) => ["codex", "exec", ...args, "-"],
  }),
  gemini: programPreset("gemini", {
    // Without a terminal, Gemini reads the task from stdin and answers once.
    description: "Gemini CLI, non-interactive (`gemini` reading stdin)",
    installHint: "install it with `npm install -g @google/gemini-cli`",
    command: (args) => ["gemini", ...args],
  }),
  simulated: {
    name: "simulated",
    description: "runs no program and returns made-up results, marked as simulated",
    isInstalled: () => true,
    agent: (given = {}) => {
      checkOptions<PresetOptions>("the preset simulated", given, PRESET_CHECKS);
      const { workflow } = given;
      return simulatedAgent(workflow === undefined ? {} : { workflow });
    },
  },
};

/** The preset names, in display order. */
export const presetNames: readonly AgentPreset[] = AgentPreset.options;

interface ProgramPreset {
  readonly description: string;
  readonly installHint: string;
  readonly command: (args: readonly string[]) => readonly string[];
}

function programPreset(
  name: AgentPreset,
  { description, installHint, command }: ProgramPreset,
): Preset {
  return {
    name,
    description,
    program: name,
    installHint,
    isInstalled: (env) => findProgram(name, env) !== undefined,
    agent: (given = {}) => {
      checkOptions<PresetOptions>(`the preset ${name}`, given, PRESET_CHECKS);
      const { args = [], env = {}, workflow: _, ...options } = given;
      return processAgent({
        ...options,
        env: { ...WITHOUT_OUTER_SESSION, ...env },
        command: command(args),
        description,
        installHint,
      });
    },
  };
}
