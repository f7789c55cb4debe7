import { isAbsolute, join } from "node:path";
import {
  type AgentEntry,
  AgentRegistry,
  ANY_AGENT,
  agentFromDefinition,
  describeDefinition,
  loadAgentsFile,
} from "@automatosx/agents";
import {
  type AgentDefinition,
  AgentPreset,
  DEFAULT_GRACE_MS,
  type WorkflowDefinition,
} from "@automatosx/schemas";
import { type AgentFactory, type AgentMap, WorkflowError } from "@automatosx/workflow";
import { isPresent } from "@automatosx/workflow/checks";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import { axw, type Command } from "./command.js";
import { shownPath } from "./database.js";
import type { CliIo } from "./io.js";
import { UsageError } from "./UsageError.js";

/** A run's agents, checked to be able to perform its steps. */
export interface ChosenAgents {
  readonly agents: AgentMap;
  readonly factory: AgentFactory;
  readonly isSimulated: (agentId: string) => boolean;
  /** Appended to the run's first line; says so if results are simulated. */
  readonly note: string;
  /** The arguments with which `axw resume` chooses the same agents. */
  readonly resumeArgs: readonly string[];
}

/** The agents found for a workflow. */
export interface FoundAgents {
  /** The agent found for each agent id that the steps use. Ids without an agent are absent. */
  readonly entries: ReadonlyMap<string, AgentEntry>;
  /**
   * The agents that the engine tries before the workflow file's own agents and, as `*`, after them.
   */
  readonly registry: AgentRegistry;
  /** The `--agents …` arguments that find the same agents. */
  readonly args: readonly string[];
}

/** The command that the agents are chosen for. */
interface Choice {
  /** The value of `--agents`. */
  readonly flag: string | undefined;
  /** The workflow file's folder, which is searched for an agents.yaml before the current folder. */
  readonly folder: string;
  readonly definition: WorkflowDefinition;
  /** The command that was typed, without its flags. */
  readonly command: Command;
  /** The workflow file; absent if a run is resumed. */
  readonly file?: string;
}

const AGENTS_FILE = "agents.yaml";
const PRESETS: readonly string[] = AgentPreset.options;

/**
 * Chooses the agents that perform a workflow's steps.
 *
 * @throws UsageError `unknown_agent` if an id has no agent, or a preset's program is not installed
 */
export async function chooseAgents(io: CliIo, choice: Choice): Promise<ChosenAgents> {
  const { entries, registry, args } = await findAgents(io, choice);
  refuseMissing(choice, entries);
  for (const [agentId, entry] of entries) refuseNotInstalled(choice, agentId, entry);
  const isSimulated = (agentId: string): boolean => entries.get(agentId)?.isSimulated === true;
  const isAnySimulated = choice.definition.steps.some((step) => isSimulated(step.agentId));
  return {
    agents: Object.fromEntries(registry),
    factory: factoryFor(io),
    isSimulated,
    note: isAnySimulated ? "  (simulated: no real agent is called)" : "",
    resumeArgs: args,
  };
}

/**
 * Finds the agent for each agent id used by a workflow's steps, searching in the same order as the
 * engine.
 */
export async function findAgents(io: CliIo, choice: Choice): Promise<FoundAgents> {
  const { flag, folder, definition } = choice;
  const preset = AgentPreset.safeParse(flag);
  const file =
    preset.success || flag === undefined ? standardFile(io, folder) : givenFile(io, flag);
  const registry = file === undefined ? new AgentRegistry() : await loadAgents(file, choice);
  if (preset.success) registerFallback(io, registry, preset.data);
  const registered = new Map(
    registry
      .list({ env: io.env })
      .map((entry) => [
        entry.id,
        entry.source === file ? { ...entry, source: shownPath(io, file) } : entry,
      ]),
  );
  const entries = new Map<string, AgentEntry>();
  for (const { agentId } of definition.steps) {
    const entry =
      registered.get(agentId) ?? ownEntry(io, definition, agentId) ?? registered.get(ANY_AGENT);
    if (entry !== undefined) entries.set(agentId, entry);
  }
  const isStandard = file === undefined || file === join(io.cwd, AGENTS_FILE);
  const kept = preset.success ? preset.data : isStandard ? undefined : shownPath(io, file);
  return { entries, registry, args: kept === undefined ? [] : ["--agents", kept] };
}

// An agent in the workflow file's `agents:` map.
function ownEntry(
  io: CliIo,
  { agents }: WorkflowDefinition,
  agentId: string,
): AgentEntry | undefined {
  const definition = Object.hasOwn(agents, agentId) ? agents[agentId] : undefined;
  if (definition === undefined) return undefined;
  return {
    id: agentId,
    source: "workflow file",
    definition,
    ...describeDefinition(definition, { baseFolder: io.cwd, env: io.env }),
  };
}

function registerFallback(io: CliIo, registry: AgentRegistry, preset: AgentPreset): void {
  const definition: AgentDefinition = {
    type: "preset",
    preset,
    args: [],
    env: {},
    grace: DEFAULT_GRACE_MS,
  };
  registry.register(ANY_AGENT, factoryFor(io)(definition, ANY_AGENT), {
    source: `--agents ${preset}`,
    definition,
    replace: true,
  });
}

// `axw validate` checks workflow files, not agents files, so the next command repeats the one that
// was typed.
async function loadAgents(file: string, { command, flag }: Choice): Promise<AgentRegistry> {
  try {
    return await loadAgentsFile(file);
  } catch (error) {
    if (!(error instanceof WorkflowError) || error.code !== "invalid_definition") throw error;
    const { code, message, issues, remedy } = error;
    const args = flag === undefined ? command.args : [...command.args, "--agents", flag];
    throw new UsageError(message, {
      code,
      issues,
      next: { ...command, args, remark: "after fixing it" },
      ...(remedy !== undefined && { remedy }),
    });
  }
}

// An agent runs in the caller's folder, even if another process creates the agent.
function factoryFor(io: CliIo): AgentFactory {
  return (definition, agentId) =>
    agentFromDefinition({ ...definition, cwd: definition.cwd ?? io.cwd }, agentId, {
      baseFolder: io.cwd,
    });
}

function standardFile(io: CliIo, folder: string): string | undefined {
  return [join(folder, AGENTS_FILE), join(io.cwd, AGENTS_FILE)].find((path) => isPresent(path));
}

function givenFile(io: CliIo, flag: string): string {
  const path = isAbsolute(flag) ? flag : join(io.cwd, flag);
  if (isPresent(path)) return path;
  const guess = PRESETS.find((preset) => preset.startsWith(flag.slice(0, 2).toLowerCase()));
  const hint = guess === undefined ? "" : `Did you mean ${guess}? `;
  throw new UsageError(`--agents ${flag} is neither a preset nor an existing file.`, {
    code: "unknown_agent",
    remedy: `${hint}Presets: ${PRESETS.join(", ")}. Or pass the path of an agents file.`,
    next: axw("agents"),
  });
}

function refuseMissing(
  { definition, file, flag }: Choice,
  entries: ReadonlyMap<string, AgentEntry>,
): void {
  const missing = [...new Set(definition.steps.map(({ agentId }) => agentId))].filter(
    (agentId) => !entries.has(agentId),
  );
  if (missing.length === 0) return;
  const names = missing.map((agentId) => `\`${cleanLine(agentId)}\``).join(", ");
  const scope = flag === undefined ? "all agents" : "the agents that no file defines";
  throw new UsageError(`No agent is registered for ${names}.`, {
    code: "unknown_agent",
    remedy: [
      `Pass --agents ${PRESETS.join("|")} for ${scope};`,
      "or add an `agents:` map to the workflow file: `backend: {command: [node, backend.js]}`;",
      `or an ${AGENTS_FILE} beside it or in the current folder, or pass one with --agents FILE.`,
    ].join("\n       "),
    // Not suggested for a resume, where simulated results would mix with real ones.
    next:
      file === undefined
        ? axw("agents")
        : {
            ...axw("run", file, "--agents", "simulated"),
            remark: "calls no real agent",
          },
  });
}

function refuseNotInstalled(
  { file }: Choice,
  agentId: string,
  { preset, program = preset, isInstalled, installHint, source }: AgentEntry,
): void {
  if (preset === undefined || isInstalled) return;
  const hint = installHint ?? `install \`${program}\` so that it is on PATH`;
  throw new UsageError(
    `Agent \`${cleanLine(agentId)}\` uses the preset ${preset} (${source}), ` +
      `but the program \`${program}\` is not installed.`,
    {
      code: "unknown_agent",
      remedy: `${hint[0]?.toUpperCase() ?? ""}${hint.slice(1)}, or choose another preset.`,
      next: file === undefined ? axw("agents") : axw("agents", file),
    },
  );
}
