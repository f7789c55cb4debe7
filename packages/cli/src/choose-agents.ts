import { existsSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { agentFromDefinition, loadAgentsFile } from "@automatosx/agents";
import { type AgentDefinition, AgentPreset, DEFAULT_GRACE_MS, type WorkflowDefinition } from "@automatosx/schemas";
import type { AgentFactory, AgentMap } from "@automatosx/workflow";
import { shownPath } from "./database.js";
import { findProgram } from "./find-program.js";
import type { CliIo } from "./io.js";
import { cleanLine } from "./render/clean-text.js";
import { shellWord } from "./render/words.js";
import { UsageError } from "./UsageError.js";

export interface ChosenAgents {
  readonly agents: AgentMap;
  readonly factory: AgentFactory;
  readonly isSimulated: (agentId: string) => boolean;
  /** For the first line of a run: that a preset is used, and that simulated answers are none. */
  readonly note: string;
  /** The ` --agents …` that a resume needs to find the same agents. */
  readonly flag: string;
}

/** Who performs the steps of one agent id, and where that was said. */
export interface Performer {
  readonly agentId: string;
  readonly definition: AgentDefinition;
  readonly source: string;
}

interface Wanted {
  /** What `--agents` says. */
  readonly flag: string | undefined;
  /** The workflow file's, in which an agents.yaml is looked for before the current one. */
  readonly folder: string;
  readonly definition: WorkflowDefinition;
  /** The file or run, as the next command would name it. */
  readonly workflow: string;
}

const AGENTS_FILE = "agents.yaml";
const PRESETS: readonly string[] = AgentPreset.options;

/** Finds who performs the steps. `unknown_agent` when no one does, or when a program is not installed. */
export async function chooseAgents(io: CliIo, wanted: Wanted): Promise<ChosenAgents> {
  const found = await findPerformers(io, wanted);
  mustPerformAll(wanted, found.performers);
  for (const performer of found.performers.values()) mustBeInstalled(io, wanted, performer);
  const factory: AgentFactory = (definition, agentId) => agentFromDefinition(definition, agentId, { cwd: io.cwd });
  const agents = Object.fromEntries(Object.entries(found.registered).map(([agentId, definition]) => [agentId, factory(definition, agentId)]));
  const isSimulated = (agentId: string): boolean => isPreset(found.performers.get(agentId)?.definition, "simulated");
  const isAnySimulated = wanted.definition.steps.some((step) => isSimulated(step.agentId));
  return {
    agents,
    factory,
    isSimulated,
    note: isAnySimulated ? "  (simulated: no real agent is asked)" : "",
    flag: found.flag === undefined ? "" : ` --agents ${shellWord(found.flag)}`,
  };
}

/** Who performs each agent id of a workflow's steps; ids that no one performs are left out. */
export async function findPerformers(
  io: CliIo,
  { flag, folder, definition }: Wanted,
): Promise<{ readonly performers: ReadonlyMap<string, Performer>; readonly registered: Readonly<Record<string, AgentDefinition>>; readonly flag: string | undefined }> {
  const preset = AgentPreset.safeParse(flag);
  const file = preset.success || flag === undefined ? standardFile(io, folder) : givenFile(io, flag);
  const ofFile = file === undefined ? {} : await loadAgentsFile(file);
  const registered: Record<string, AgentDefinition> = { ...ofFile };
  if (preset.success) registered["*"] = presetDefinition(preset.data);
  const performers = new Map<string, Performer>();
  for (const { agentId } of definition.steps) {
    const performer = pick(agentId, [
      [shownPath(io, file ?? ""), ofFile, agentId],
      ["workflow file", definition.agents, agentId],
      [preset.success ? `--agents ${preset.data}` : shownPath(io, file ?? ""), registered, "*"],
    ]);
    if (performer !== undefined) performers.set(agentId, performer);
  }
  const isStandard = file !== undefined && file === join(io.cwd, AGENTS_FILE);
  return { performers, registered, flag: preset.success ? preset.data : file === undefined || isStandard ? undefined : shownPath(io, file) };
}

type Place = readonly [source: string, agents: Readonly<Record<string, AgentDefinition>>, key: string];

// In the order in which the engine asks: registered, the workflow file's own, and `*`.
function pick(agentId: string, places: readonly Place[]): Performer | undefined {
  for (const [source, agents, key] of places) {
    const definition = Object.hasOwn(agents, key) ? agents[key] : undefined;
    if (definition !== undefined) return { agentId, definition, source };
  }
  return undefined;
}

function standardFile(io: CliIo, folder: string): string | undefined {
  return [join(folder, AGENTS_FILE), join(io.cwd, AGENTS_FILE)].find((path) => existsSync(path));
}

function givenFile(io: CliIo, flag: string): string {
  const path = isAbsolute(flag) ? flag : join(io.cwd, flag);
  if (existsSync(path)) return path;
  const guess = PRESETS.find((preset) => preset.startsWith(flag.slice(0, 3).toLowerCase()));
  throw new UsageError(`--agents ${flag} is neither a preset nor a file.`, {
    code: "unknown_agent",
    remedy: `${guess === undefined ? "" : `Did you mean ${guess}? `}Presets: ${PRESETS.join(", ")}; or give the path of a file that names agents.`,
    next: "axw agents",
  });
}

function mustPerformAll({ definition, workflow, flag }: Wanted, performers: ReadonlyMap<string, Performer>): void {
  const missing = [...new Set(definition.steps.map(({ agentId }) => agentId))].filter((agentId) => !performers.has(agentId));
  if (missing.length === 0) return;
  const names = missing.map((agentId) => `\`${cleanLine(agentId)}\``).join(", ");
  throw new UsageError(`No one performs the ${missing.length === 1 ? "agent" : "agents"} ${names}.`, {
    code: "unknown_agent",
    remedy: [
      `Choose one: --agents ${PRESETS.join("|")} for ${flag === undefined ? "all of them" : "those that no file names"};`,
      "an `agents:` map in the workflow file (`backend: {command: [node, backend.js]}`);",
      `or an ${AGENTS_FILE} beside it or in the current folder, or named by --agents FILE.`,
    ].join("\n       "),
    next: `axw run ${shellWord(workflow)} --agents simulated   (tries it out without any real agent)`,
  });
}

function mustBeInstalled(io: CliIo, { workflow }: Wanted, { agentId, definition, source }: Performer): void {
  const program = programOf(definition);
  if (definition.type !== "preset" || program === undefined || findProgram(io, program) !== undefined) return;
  throw new UsageError(`Agent \`${cleanLine(agentId)}\` is the preset ${definition.preset} (${source}), and the program \`${program}\` is not installed.`, {
    code: "unknown_agent",
    remedy: `Install \`${program}\` so that it is found in PATH, or choose another preset.`,
    next: `axw agents ${shellWord(workflow)}`,
  });
}

/** The program that an agent runs; undefined for one that runs none. */
export function programOf(definition: AgentDefinition): string | undefined {
  if (definition.type === "process") return definition.command[0];
  return definition.preset === "simulated" ? undefined : definition.preset;
}

function presetDefinition(preset: AgentPreset): AgentDefinition {
  return { type: "preset", preset, args: [], env: {}, grace: DEFAULT_GRACE_MS };
}

function isPreset(definition: AgentDefinition | undefined, preset: string): boolean {
  return definition?.type === "preset" && definition.preset === preset;
}
