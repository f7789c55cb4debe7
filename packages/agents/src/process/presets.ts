import type { AgentPort } from "@automatosx/workflow";
import { simulatedAgent } from "../simulated-agent.js";
import { findProgram } from "./find-program.js";
import { type ProcessAgentOptions, processAgent } from "./process-agent.js";

/** A known agent program in its non-interactive mode, which reads the task from stdin and prints its answer. */
export interface Preset {
  readonly name: PresetName;
  readonly description: string;
  /** The program's name on PATH; undefined when the preset needs none. */
  readonly program?: string;
  /** How to get the program, as an instruction. */
  readonly installHint?: string;
  /** Is the program on PATH? Looks, and runs nothing. */
  isInstalled(env?: NodeJS.ProcessEnv): boolean;
  /** The agent; `args` are added to the program's own arguments. */
  agent(options?: PresetOptions): AgentPort;
}

export interface PresetOptions
  extends Pick<ProcessAgentOptions, "cwd" | "env" | "output" | "timeoutMs" | "graceMs"> {
  readonly args?: readonly string[];
}

export type PresetName = "claude" | "codex" | "gemini" | "simulated";

/** The known presets by name. */
export const presets: Readonly<Record<PresetName, Preset>> = {
  claude: programPreset("claude", {
    description: "Claude Code, non-interactive (`claude -p`)",
    installHint: "install it with `npm install -g @anthropic-ai/claude-code`",
    command: (args) => ["claude", "-p", ...args],
  }),
  codex: programPreset("codex", {
    // The last `-` makes it read the task from stdin. It insists on a git repository unless told `--skip-git-repo-check`.
    description: "Codex, non-interactive (`codex exec -`)",
    installHint: "install it with `npm install -g @openai/codex`",
    command: (args) => ["codex", "exec", ...args, "-"],
  }),
  gemini: programPreset("gemini", {
    // Without a terminal it takes stdin for the task and answers once.
    description: "Gemini CLI, non-interactive (`gemini` reading stdin)",
    installHint: "install it with `npm install -g @google/gemini-cli`",
    command: (args) => ["gemini", ...args],
  }),
  simulated: {
    name: "simulated",
    description: "answers without any program, and says so",
    isInstalled: () => true,
    agent: () => simulatedAgent(),
  },
};

export const presetNames: readonly PresetName[] = ["claude", "codex", "gemini", "simulated"];

interface ProgramPreset {
  readonly description: string;
  readonly installHint: string;
  readonly command: (args: readonly string[]) => readonly string[];
}

function programPreset(
  name: PresetName,
  { description, installHint, command }: ProgramPreset,
): Preset {
  return {
    name,
    description,
    program: name,
    installHint,
    isInstalled: (env) => findProgram(name, env) !== undefined,
    agent: ({ args = [], ...options } = {}) =>
      processAgent({ ...options, command: command(args), description, installHint }),
  };
}
