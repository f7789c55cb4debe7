import { existsSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import {
  AgentRegistry,
  ANY_AGENT,
  agentFromDefinition,
  findProgram,
  loadAgentsFile,
  presets,
} from "@automatosx/agents";
import {
  type AgentDefinition,
  AgentPreset,
  DEFAULT_GRACE_MS,
  type WorkflowDefinition,
} from "@automatosx/schemas";
import { type AgentFactory, type AgentMap, WorkflowError } from "@automatosx/workflow";
import { shownPath } from "./database.js";
import type { CliIo } from "./io.js";
import { cleanLine } from "./render/clean-text.js";
import { shellWord } from "./render/words.js";
import { UsageError } from "./UsageError.js";

export interface ChosenAgents {
  readonly agents: AgentMap;
  readonly factory: AgentFactory;
  readonly isSimulated: (agentId: string) => boolean;
  /** For the first line of a run: that simulated answers are none. */
  readonly note: string;
  /** The ` --agents …` that a resume needs to find the same agents. */
  readonly flag: string;
}

/** Who performs the steps of one agent id, and where that was said. */
export interface Performer {
  readonly description: string;
  readonly source: string;
  /** The program that has to be there; undefined for an agent that runs none, or does not say. */
  readonly program?: string;
  readonly isInstalled: boolean;
  readonly isSimulated: boolean;
  readonly preset?: AgentPreset;
}

export interface FoundAgents {
  readonly performers: ReadonlyMap<string, Performer>;
  /** What goes before the workflow file's own agents, and `*` after them. */
  readonly registry: AgentRegistry;
  readonly flag: string | undefined;
}

interface Wanted {
  /** What `--agents` says. */
  readonly flag: string | undefined;
  /** The workflow file's, in which an agents.yaml is looked for before the current one. */
  readonly folder: string;
  readonly definition: WorkflowDefinition;
  /** What was typed, without its flags. */
  readonly command: string;
  /** The workflow file; absent for a run that is resumed. */
  readonly file?: string;
}

const AGENTS_FILE = "agents.yaml";
const PRESETS: readonly string[] = AgentPreset.options;

/** Finds who performs the steps. `unknown_agent` when no one does, or when the program of a preset is not installed. */
export async function chooseAgents(io: CliIo, wanted: Wanted): Promise<ChosenAgents> {
  const { performers, registry, flag } = await findPerformers(io, wanted);
  mustPerformAll(wanted, performers);
  for (const [agentId, performer] of performers) mustBeInstalled(wanted, agentId, performer);
  const isSimulated = (agentId: string): boolean => performers.get(agentId)?.isSimulated === true;
  const isAnySimulated = wanted.definition.steps.some((step) => isSimulated(step.agentId));
  return {
    agents: Object.fromEntries(registry),
    factory: factoryFor(io),
    isSimulated,
    note: isAnySimulated ? "  (simulated: no real agent is asked)" : "",
    flag: flag === undefined ? "" : ` --agents ${shellWord(flag)}`,
  };
}

/** Who performs each agent id of a workflow's steps; ids that no one performs are left out. */
export async function findPerformers(
  io: CliIo,
  { flag, folder, definition, command }: Wanted,
): Promise<FoundAgents> {
  const preset = AgentPreset.safeParse(flag);
  const file =
    preset.success || flag === undefined ? standardFile(io, folder) : givenFile(io, flag);
  const registry =
    file === undefined
      ? new AgentRegistry()
      : await loadAgents(
          file,
          `${command}${flag === undefined ? "" : ` --agents ${shellWord(flag)}`}`,
        );
  if (preset.success) {
    const fallback = presetDefinition(preset.data);
    const source = `--agents ${preset.data}`;
    registry.register(ANY_AGENT, factoryFor(io)(fallback, ANY_AGENT), {
      source,
      definition: fallback,
      replace: true,
    });
  }
  const entries = new Map(registry.list().map((entry) => [entry.id, entry]));
  const performers = new Map<string, Performer>();
  for (const { agentId } of definition.steps) {
    // In the order in which the engine asks: registered, the workflow file's own, and `*`.
    const own = Object.hasOwn(definition.agents, agentId) ? definition.agents[agentId] : undefined;
    const entry = entries.get(agentId) ?? (own === undefined ? entries.get(ANY_AGENT) : undefined);
    if (entry?.definition !== undefined) {
      const isOfFile = entry.source === file;
      const place = isOfFile
        ? { source: shownPath(io, file), folder: dirname(file) }
        : { source: entry.source, folder: io.cwd };
      performers.set(agentId, describe(io, entry.definition, place));
    } else if (own !== undefined)
      performers.set(agentId, describe(io, own, { source: "workflow file", folder: io.cwd }));
  }
  const isStandard = file === undefined || file === join(io.cwd, AGENTS_FILE);
  return {
    performers,
    registry,
    flag: preset.success ? preset.data : isStandard ? undefined : shownPath(io, file),
  };
}

// The file that has to be mended is not the one that `axw validate` takes.
async function loadAgents(file: string, command: string): Promise<AgentRegistry> {
  try {
    return await loadAgentsFile(file);
  } catch (error) {
    if (!(error instanceof WorkflowError) || error.code !== "invalid_definition") throw error;
    const { code, message, issues, remedy } = error;
    throw new UsageError(message, {
      code,
      issues,
      next: `${command}   (once it is mended)`,
      ...(remedy !== undefined && { remedy }),
    });
  }
}

// The folder of the run is that of the caller, in whichever process the agent is made.
function factoryFor(io: CliIo): AgentFactory {
  return (definition, agentId) =>
    agentFromDefinition({ ...definition, cwd: definition.cwd ?? io.cwd }, agentId, {
      baseFolder: io.cwd,
    });
}

function describe(
  io: CliIo,
  definition: AgentDefinition,
  { source, folder }: { readonly source: string; readonly folder: string },
): Performer {
  if (definition.type === "process") {
    const [program = ""] = definition.command;
    return {
      description: definition.command.map(shellWord).join(" "),
      source,
      program,
      isInstalled: findProgram(program, io.env, folder) !== undefined,
      isSimulated: false,
    };
  }
  const { preset, args } = definition;
  const { program } = presets[preset];
  return {
    description: [`preset ${preset}`, ...args].join(" "),
    source,
    preset,
    ...(program !== undefined && { program }),
    isInstalled: presets[preset].isInstalled(io.env),
    isSimulated: preset === "simulated",
  };
}

function standardFile(io: CliIo, folder: string): string | undefined {
  return [join(folder, AGENTS_FILE), join(io.cwd, AGENTS_FILE)].find((path) => existsSync(path));
}

function givenFile(io: CliIo, flag: string): string {
  const path = isAbsolute(flag) ? flag : join(io.cwd, flag);
  if (existsSync(path)) return path;
  const guess = PRESETS.find((preset) => preset.startsWith(flag.slice(0, 2).toLowerCase()));
  throw new UsageError(`--agents ${flag} is neither a preset nor a file.`, {
    code: "unknown_agent",
    remedy: `${guess === undefined ? "" : `Did you mean ${guess}? `}Presets: ${PRESETS.join(", ")}; or give the path of a file that names agents.`,
    next: "axw agents",
  });
}

function mustPerformAll(
  { definition, file, flag }: Wanted,
  performers: ReadonlyMap<string, Performer>,
): void {
  const missing = [...new Set(definition.steps.map(({ agentId }) => agentId))].filter(
    (agentId) => !performers.has(agentId),
  );
  if (missing.length === 0) return;
  const names = missing.map((agentId) => `\`${cleanLine(agentId)}\``).join(", ");
  throw new UsageError(
    `No one performs the ${missing.length === 1 ? "agent" : "agents"} ${names}.`,
    {
      code: "unknown_agent",
      remedy: [
        `Choose one: --agents ${PRESETS.join("|")} for ${flag === undefined ? "all of them" : "those that no file names"};`,
        "an `agents:` map in the workflow file (`backend: {command: [node, backend.js]}`);",
        `or an ${AGENTS_FILE} beside it or in the current folder, or named by --agents FILE.`,
      ].join("\n       "),
      // Not for a resume: made-up results would stand beside the real ones.
      next:
        file === undefined
          ? "axw agents"
          : `axw run ${shellWord(file)} --agents simulated   (tries it out without any real agent)`,
    },
  );
}

function mustBeInstalled(
  { file }: Wanted,
  agentId: string,
  { preset, program, isInstalled, source }: Performer,
): void {
  if (preset === undefined || isInstalled) return;
  const hint =
    presets[preset].installHint ?? `install \`${program ?? preset}\` so that it is found in PATH`;
  throw new UsageError(
    `Agent \`${cleanLine(agentId)}\` is the preset ${preset} (${source}), and the program \`${program ?? preset}\` is not installed.`,
    {
      code: "unknown_agent",
      remedy: `${hint[0]?.toUpperCase() ?? ""}${hint.slice(1)}, or choose another preset.`,
      next: file === undefined ? "axw agents" : `axw agents ${shellWord(file)}`,
    },
  );
}

function presetDefinition(preset: AgentPreset): AgentDefinition {
  return { type: "preset", preset, args: [], env: {}, grace: DEFAULT_GRACE_MS };
}
