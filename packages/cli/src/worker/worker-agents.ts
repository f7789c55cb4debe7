import { AgentRegistry, agentFromDefinition, loadAgentsFile } from "@automatosx/agents";
import { AgentPreset } from "@automatosx/schemas";
import type { AgentMap, Receiver } from "@automatosx/workflow";
import { pathExists } from "@automatosx/workflow/checks";
import { absolutePath, shownPath } from "../database.js";
import type { CliIo } from "../io.js";
import { next } from "../next/actions.js";
import { presetDefinition } from "../preset-definition.js";
import { AGENTS_FILE } from "../run-place.js";
import { UsageError } from "../UsageError.js";
import type { WorkerOptions } from "./worker-options.js";

/** The agents that a worker performs steps with. */
export interface WorkerAgents {
  readonly agents: AgentMap;
  /** The receivers of notices in the agents file. */
  readonly receivers: readonly Receiver[];
  /** Where they come from, for the first line of the worker. Undefined if there are none. */
  readonly source: string | undefined;
}

/**
 * Reads the agents of a worker: the file or preset of `--agents`, else the agents.yaml in the
 * current folder. Without either, the worker performs no steps of agents.
 *
 * @throws UsageError `unknown_agent` for a value that is neither a preset nor a file, or for an
 *   agent whose program is not installed; WorkflowError `invalid_definition`
 */
export async function workerAgents(
  io: CliIo,
  { agents: flag }: Pick<WorkerOptions, "agents">,
): Promise<WorkerAgents> {
  const preset = AgentPreset.safeParse(flag);
  if (preset.success) return ofPreset(io, preset.data);
  const file = absolutePath(io, flag ?? AGENTS_FILE);
  if (!pathExists(file)) {
    if (flag === undefined) return { agents: {}, receivers: [], source: undefined };
    throw new UsageError(`--agents ${flag} is neither a preset nor an existing file.`, {
      code: "unknown_agent",
      remedy: `Presets: ${AgentPreset.options.join(", ")}. Or pass the path of an agents file.`,
      next: next("list_agents", "unknown_preset", { args: [] }),
    });
  }
  const registry = await loadAgentsFile(file);
  refuseMissing(io, registry);
  return {
    agents: Object.fromEntries(registry),
    receivers: registry.receivers({ env: io.env }),
    source: shownPath(io, file),
  };
}

function ofPreset(io: CliIo, preset: AgentPreset): WorkerAgents {
  const registry = new AgentRegistry();
  const definition = presetDefinition(preset);
  registry.register("*", agentFromDefinition(definition, "*", { baseFolder: io.cwd }), {
    definition,
  });
  refuseMissing(io, registry);
  return {
    agents: Object.fromEntries(registry),
    receivers: [],
    source: `--agents ${preset}`,
  };
}

// A worker that takes attempts and fails them all would drain the queue.
function refuseMissing(io: CliIo, registry: AgentRegistry): void {
  const [missing] = registry.list({ env: io.env }).filter(({ problem }) => problem !== undefined);
  if (missing === undefined) return;
  throw new UsageError(
    `The agent \`${missing.id}\` cannot be performed here: ${missing.problem?.message}.`,
    {
      code: "unknown_agent",
      remedy: "Install its program so that it is on PATH, or leave the agent out of the file.",
      next: next("list_agents", "not_installed", { args: [] }),
    },
  );
}
