import { isAbsolute, join } from "node:path";
import {
  type AgentEntry,
  AgentRegistry,
  ANY_AGENT,
  agentFromDefinition,
  describeDefinition,
  loadAgentsFile,
  simulatedAgent,
} from "@automatosx/agents";
import { AgentPreset, type WorkflowDefinition } from "@automatosx/schemas";
import {
  type AgentFactory,
  type AgentMap,
  type AgentPort,
  changedRequest,
  type PreparedWorkflow,
  type Receiver,
  RUN_STEP_ID,
  runStepAgent,
  WorkflowError,
} from "@automatosx/workflow";
import { pathExists } from "@automatosx/workflow/checks";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import { agentSteps, isStepLeft } from "./agent-steps.js";
import type { Command } from "./command.js";
import { absolutePath, shownPath } from "./database.js";
import { type FoundAgents, OWN_SOURCE } from "./FoundAgents.js";
import { foldersAbove, surroundingsOf } from "./folders-above.js";
import type { CliIo } from "./io.js";
import { refuseMissingPrograms } from "./missing-programs.js";
import { type NextLine, next } from "./next/actions.js";
import { presetDefinition } from "./preset-definition.js";
import { type Performer, replacementNotes } from "./replacement-notes.js";
import {
  AGENTS_FILE,
  goneFrom,
  isRegular,
  pathProblem,
  placeNotes,
  type RunPlace,
} from "./run-place.js";
import { simulationNote } from "./simulation-note.js";
import { UsageError } from "./UsageError.js";

/** A run's agents, checked to be able to perform its steps. */
export interface ChosenAgents {
  readonly agents: AgentMap;
  readonly factory: AgentFactory;
  readonly isSimulated: (agentId: string) => boolean;
  /** Whether the programs of `run` steps are simulated too. */
  readonly simulatesPrograms: boolean;
  /** The command that was typed. */
  readonly command: Command;
  /** Who performs the steps, by agent id. */
  readonly performers: readonly Performer[];
  /** Appended to the run's first line; says so if results are simulated. */
  readonly note: string;
  /** Says which agents are replaced, if any are. */
  readonly replacements: readonly string[];
  /** Says which folder and agents file are used, if they are not the obvious ones. */
  readonly placeNotes: readonly string[];
  /** The folder in which the agents' programs run. */
  readonly directory: string;
  /** The absolute path of the agents file in use, if any. */
  readonly agentsFile: string | undefined;
  /** The receivers of notices in that file. */
  readonly receivers: readonly Receiver[];
  /** The arguments with which `axw resume` chooses the same agents. */
  readonly resumeArgs: readonly string[];
}

/** The command that the agents are chosen for. */
interface Choice {
  /** The value of `--agents`. */
  readonly flag: string | undefined;
  /** Where the agents work, and where their agents file is looked for. */
  readonly place: RunPlace;
  readonly definition: WorkflowDefinition;
  /** The command that was typed, without `--agents`. */
  readonly command: Command;
  /** The workflow file; absent if a run is resumed. */
  readonly file?: string;
  /** The text of the workflow file, in which a missing program is located. */
  readonly source?: Pick<PreparedWorkflow, "source" | "format">;
  /**
   * Returns the steps that still need an agent. By default, all do. Called only if an agent is
   * missing or not installed, because it reads the run.
   */
  readonly stepsLeft?: () => Promise<ReadonlySet<string>>;
}

const PRESETS: readonly string[] = AgentPreset.options;
/** What performs a step that names no agent: its program, or a run of its own. */
const BUILT_IN: ReadonlySet<string> = new Set([RUN_STEP_ID, "@workflow"]);
/** The preset that replaces every agent when it is given with `--agents`. */
const SIMULATED = "simulated";

/**
 * Chooses the agents that perform a workflow's steps.
 *
 * @throws UsageError `unknown_agent` if an id has no agent, or the program of an agent is
 * missing
 */
export async function chooseAgents(io: CliIo, choice: Choice): Promise<ChosenAgents> {
  const found = await findAgents(io, choice);
  const { place } = choice;
  const { entries, registry, file } = found;
  await refuseAbsent(io, choice, found);
  // These agents come from places that do not know the workflow, whose tasks say what they answer.
  const simulated = simulatedAgent({ workflow: choice.definition });
  for (const [agentId, { isSimulated, source, definition }] of entries)
    if (isSimulated)
      registry.register(agentId, simulated, {
        source,
        ...(definition !== undefined && { definition }),
        replace: true,
      });
  const performers = performersOf(found);
  // The programs of `run` steps work where the agents work.
  if (place.isMoved && !registry.has(RUN_STEP_ID)) registry.register(RUN_STEP_ID, runStepAgent);
  const registered = [...registry].map(([agentId, agent]) => [agentId, inPlace(agent, place)]);
  return {
    agents: Object.fromEntries(registered),
    factory: factoryFor(place),
    isSimulated: (agentId) =>
      entries.get(agentId)?.isSimulated === true ||
      (BUILT_IN.has(agentId) && choice.flag === SIMULATED),
    simulatesPrograms: choice.flag === SIMULATED,
    command: typedCommand(choice),
    performers,
    note: simulationNote(performers),
    replacements: [...unusedNotes(found), ...replacementNotes(performers, found.unusedFile)],
    placeNotes: placeNotes(io, place, { agentsFile: file, isGiven: isFileGiven(choice.flag) }),
    directory: place.directory,
    agentsFile: file,
    receivers: registry.receivers({ env: io.env }),
    resumeArgs: resumeArgsOf(choice, found),
  };
}

// An agent is needed only if one of its steps may still be performed.
async function refuseAbsent(io: CliIo, choice: Choice, found: FoundAgents): Promise<void> {
  const { definition, stepsLeft } = choice;
  const { entries } = found;
  const absent = agentIdsOf(definition).filter((agentId) => !isPresent(entries.get(agentId)));
  if (absent.length === 0) return;
  const left = await stepsLeft?.();
  const needed = absent.filter((agentId) =>
    agentSteps(definition).some((step) => step.agentId === agentId && isStepLeft(step, left)),
  );
  refuseMissing(
    io,
    choice,
    needed.filter((agentId) => !entries.has(agentId)),
  );
  refuseMissingPrograms(io, { ...choice, found, left });
}

function isPresent(entry: AgentEntry | undefined): boolean {
  return entry !== undefined && entry.problem === undefined;
}

function performersOf({ entries, replaced }: FoundAgents): Performer[] {
  return [...entries].map(([agentId, { description, source, isSimulated }]) => {
    const insteadOf = replaced.get(agentId)?.description;
    return {
      agentId,
      performedBy: description,
      from: source,
      simulated: isSimulated,
      ...(insteadOf !== undefined && { insteadOf }),
    };
  });
}

/**
 * Finds the agent for each agent id used by a workflow's steps, searching in the same order as the
 * engine. With `--agents simulated` every agent is simulated, no matter what the files define.
 */
export async function findAgents(io: CliIo, choice: Choice): Promise<FoundAgents> {
  const { flag, place, definition } = choice;
  if (flag === SIMULATED) return simulateAll(io, choice);
  const preset = AgentPreset.safeParse(flag);
  const file = preset.success || flag === undefined ? standardFile(choice) : givenFile(io, flag);
  const registry = file === undefined ? new AgentRegistry() : await loadAgents(file, choice);
  if (preset.success) registerPreset(place, registry, ANY_AGENT, preset.data);
  const registered = new Map(
    registry
      .list({ env: io.env })
      .map((entry) => [
        entry.id,
        entry.source === file ? { ...entry, source: shownPath(io, file) } : entry,
      ]),
  );
  const entries = new Map<string, AgentEntry>();
  const replaced = new Map<string, AgentEntry>();
  for (const agentId of agentIdsOf(definition)) {
    const [byId, own] = [registered.get(agentId), ownEntry(io, choice, agentId)];
    const entry = byId ?? own ?? registered.get(ANY_AGENT);
    if (entry !== undefined) entries.set(agentId, entry);
    if (byId !== undefined && own !== undefined) replaced.set(agentId, own);
  }
  const isUnused = flag !== undefined && !isUsed(io, flag, entries);
  return {
    entries,
    replaced,
    ...(isUnused && { unusedFlag: flag }),
    registry,
    // A preset that is not used need not be given again; a file replaces the standard one.
    args: flag === undefined || (preset.success && isUnused) ? [] : ["--agents", flag],
    ...(file !== undefined && { file }),
  };
}

// The run itself knows the agents file that it was started with.
function resumeArgsOf({ flag, place }: Choice, { args, file }: FoundAgents): readonly string[] {
  const isKnown =
    file !== undefined && (place.runId === undefined ? isRegular(file) : file === place.agentsFile);
  return isFileGiven(flag) && isKnown ? place.args : [...place.args, ...args];
}

// Whether an agent of `--agents` performs a step.
function isUsed(io: CliIo, flag: string, entries: FoundAgents["entries"]): boolean {
  const sources = [presetSource(flag), shownPath(io, absolutePath(io, flag))];
  return [...entries.values()].some(({ source }) => sources.includes(source));
}

/** Says that `--agents` has no effect, if it has none. */
export function unusedNotes({ unusedFlag, entries }: FoundAgents): string[] {
  if (unusedFlag === undefined || entries.size === 0) return [];
  const sources = [
    ...new Set(
      [...entries.values()].map(({ source }) =>
        source === OWN_SOURCE ? `the ${source}` : cleanLine(source),
      ),
    ),
  ];
  return [
    `--agents ${cleanLine(unusedFlag)} is not used: ` +
      `${sources.join(" and ")} define${sources.length === 1 ? "s" : ""} every agent.`,
  ];
}

function presetSource(preset: string): string {
  return `--agents ${preset}`;
}

// Each agent id is registered, because an agent of the workflow file comes before the fallback.
function simulateAll(io: CliIo, choice: Choice): FoundAgents {
  const { place, definition } = choice;
  const registry = new AgentRegistry();
  const agentIds = agentIdsOf(definition);
  for (const id of [...agentIds, ANY_AGENT, RUN_STEP_ID])
    registerPreset(place, registry, id, SIMULATED);
  const registered = new Map(registry.list().map((entry) => [entry.id, entry]));
  const file = place.agentsFile ?? place.agentsFiles.find((path) => pathExists(path));
  return {
    entries: entriesFor(agentIds, (agentId) => registered.get(agentId)),
    replaced: entriesFor(agentIds, (agentId) => ownEntry(io, choice, agentId)),
    ...(file !== undefined && { unusedFile: shownPath(io, file) }),
    registry,
    args: ["--agents", SIMULATED],
  };
}

function agentIdsOf(definition: WorkflowDefinition): readonly string[] {
  return [...new Set(agentSteps(definition).map(({ agentId }) => agentId))];
}

function entriesFor(
  agentIds: readonly string[],
  find: (agentId: string) => AgentEntry | undefined,
): ReadonlyMap<string, AgentEntry> {
  return new Map(
    agentIds.flatMap((agentId) => {
      const entry = find(agentId);
      return entry === undefined ? [] : [[agentId, entry] as const];
    }),
  );
}

// An agent in the workflow file's `agents:` map.
function ownEntry(
  io: CliIo,
  { definition: { agents }, place }: Choice,
  agentId: string,
): AgentEntry | undefined {
  const definition = Object.hasOwn(agents, agentId) ? agents[agentId] : undefined;
  if (definition === undefined) return undefined;
  return {
    id: agentId,
    source: OWN_SOURCE,
    definition,
    ...describeDefinition(definition, { baseFolder: place.directory, env: io.env }),
  };
}

function registerPreset(
  { directory: baseFolder }: RunPlace,
  registry: AgentRegistry,
  agentId: string,
  preset: AgentPreset,
): void {
  const definition = presetDefinition(preset);
  registry.register(agentId, agentFromDefinition(definition, agentId, { baseFolder }), {
    source: presetSource(preset),
    definition,
    replace: true,
  });
}

// `axw validate` checks workflow files, not agents files, so the next command repeats the one that
// was typed.
async function loadAgents(file: string, choice: Choice): Promise<AgentRegistry> {
  try {
    return await loadAgentsFile(file);
  } catch (error) {
    if (!(error instanceof WorkflowError) || error.code !== "invalid_definition") throw error;
    const { code, message, issues, remedy } = error;
    throw new UsageError(message, {
      code,
      issues,
      next: next("repeat_after_fix", "invalid_agents_file", { command: typedCommand(choice) }),
      ...(remedy !== undefined && { remedy }),
    });
  }
}

function typedCommand({ command, flag }: Choice): Command {
  return flag === undefined ? command : { ...command, args: [...command.args, "--agents", flag] };
}

function factoryFor(place: RunPlace): AgentFactory {
  const { directory: baseFolder } = place;
  return (definition, agentId, { workflow }) =>
    inPlace(agentFromDefinition(definition, agentId, { baseFolder, workflow }), place);
}

// An agent works where its run was started, unless the user chose another folder.
function inPlace(agent: AgentPort, { directory, isMoved }: RunPlace): AgentPort {
  if (!isMoved) return agent;
  return { ...agent, execute: (request) => agent.execute(changedRequest(request, { directory })) };
}

function standardFile({ place, command }: Choice): string | undefined {
  const { agentsFile, agentsFiles, runId } = place;
  if (agentsFile === undefined) return agentsFiles.find((path) => pathExists(path));
  if (runId === undefined || pathProblem(agentsFile, "agents file") === undefined)
    return agentsFile;
  throw goneFrom(runId, "agents file", agentsFile, {
    remedy: "Or pass another one with --agents FILE.",
    next: next("resume_with_agents", "agents_file_gone", forRun(command)),
  });
}

/** Whether the value of `--agents` is a file. */
function isFileGiven(flag: string | undefined): boolean {
  return flag !== undefined && !PRESETS.includes(flag);
}

function givenFile(io: CliIo, flag: string): string {
  const path = isAbsolute(flag) ? flag : join(io.cwd, flag);
  if (pathExists(path)) return path;
  const guess = PRESETS.find((preset) => preset.startsWith(flag.slice(0, 2).toLowerCase()));
  const hint = guess === undefined ? "" : `Did you mean ${guess}? `;
  throw new UsageError(`--agents ${flag} is neither a preset nor an existing file.`, {
    code: "unknown_agent",
    remedy: `${hint}Presets: ${PRESETS.join(", ")}. Or pass the path of an agents file.`,
    next: next("list_agents", "unknown_preset", { args: [] }),
  });
}

// The command that performs the steps of a run that exists, and its arguments.
function forRun({ args: [verb, ...args] }: Command) {
  return { verb: verb === "amend" ? verb : "resume", args } as const;
}

function refuseMissing(
  io: CliIo,
  { file, command, place }: Choice,
  missing: readonly string[],
): void {
  if (missing.length === 0) return;
  const names = missing.map((agentId) => `\`${cleanLine(agentId)}\``).join(", ");
  const { unusedAgentsFile } = place;
  const unused =
    unusedAgentsFile !== undefined && isRegular(unusedAgentsFile) ? unusedAgentsFile : undefined;
  // A stored run keeps its definition, unless it is being amended.
  if (file === undefined) {
    const { verb, args } = forRun(command);
    throw new UsageError(`No agent is registered for ${names}.`, {
      code: "unknown_agent",
      remedy: [
        "Pass an agents file with --agents FILE, or define the agent in",
        `${cleanLine(place.agentsFile ?? join(place.directory, AGENTS_FILE))}.`,
        verb === "amend"
          ? "The `agents:` map of the workflow file can define it too."
          : "A change of the workflow file has no effect on a run that exists.",
      ].join("\n       "),
      next: next("resume_with_agents", "lacks_agents", {
        ...{ verb, args },
        ...(unused !== undefined && { agentsFile: shownPath(io, unused) }),
      }),
    });
  }
  const above = agentsFileAbove(io);
  throw new UsageError(`No agent is registered for ${names}.`, {
    code: "unknown_agent",
    remedy: [
      ...(above === undefined ? [] : [`${cleanLine(above)} is not used: pass it with --agents.`]),
      `Pass --agents ${PRESETS.join("|")}: simulated replaces every agent,`,
      "the others perform the steps whose agents no file defines;",
      "or add an `agents:` map to the workflow file: `backend: {command: [node, backend.js]}`;",
      "or an agents.yaml beside it or in the current folder, or pass one with --agents FILE.",
    ].join("\n       "),
    next: lineWithAgents(command, above),
  });
}

// An agents file above the current folder is not used unless the user passes it.
function agentsFileAbove(io: CliIo): string | undefined {
  return foldersAbove(io.cwd, surroundingsOf(io))
    .map((folder) => join(folder, AGENTS_FILE))
    .find((path) => pathExists(path));
}

function lineWithAgents({ args: [typed, ...args] }: Command, above: string | undefined): NextLine {
  const verb = typed === "fork" ? typed : "run";
  return above === undefined
    ? next("run_simulated", "lacks_agents", { verb, args: [...args, "--agents", SIMULATED] })
    : next("run_with_agents_above", "agents_above", { verb, args: [...args, "--agents", above] });
}
