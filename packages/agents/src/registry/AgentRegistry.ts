import type { AgentDefinition } from "@automatosx/schemas";
import { type Agent, type AgentPort, WorkflowError } from "@automatosx/workflow";
import { closestWord } from "../closest-word.js";
import { isProgramAgent } from "../process/process-agent.js";
import { isSimulatedAgent } from "../simulated-agent.js";
import { agentFromDefinition, type DefinitionPlace } from "./agent-from-definition.js";

/** The id that stands for every id that is not named. */
export const ANY_AGENT = "*";

export interface AgentEntry {
  readonly id: string;
  readonly description: string;
  /** Where the agent comes from: `code`, or the path of a file. */
  readonly source: string;
  /** What it was made of, where it comes from a file. */
  readonly definition?: AgentDefinition;
  /** The program that it runs; undefined for an agent that runs none, or does not say. */
  readonly program?: string;
  /** Is that program there? True for an agent that runs none. */
  readonly isInstalled: boolean;
  readonly isSimulated: boolean;
}

export interface RegisterOptions {
  /** Default `code`. */
  readonly source?: string;
  /** What the agent was made of. */
  readonly definition?: AgentDefinition;
  /** Takes the place of an agent of the same id instead of refusing it. */
  readonly replace?: boolean;
}

/**
 * Agents by id. `Object.fromEntries(registry)` is what `WorkflowEngine.open({ agents })` takes.
 *
 * @example
 * const agents = new AgentRegistry();
 * agents.register("echo", ({ task }) => task);
 * agents.fallback = simulatedAgent();
 */
export class AgentRegistry implements Iterable<[string, AgentPort]> {
  readonly #agents = new Map<
    string,
    Pick<AgentEntry, "source" | "definition"> & { readonly agent: AgentPort }
  >();

  /** @throws WorkflowError `invalid_argument` when the id is taken, and `replace` is not set. */
  register(
    id: string,
    agent: Agent,
    { source = "code", definition, replace = false }: RegisterOptions = {},
  ): this {
    const taken = this.#agents.get(id);
    if (taken !== undefined && !replace) {
      throw new WorkflowError(
        "invalid_argument",
        `There is an agent \`${id}\` already (from ${taken.source}).`,
        {
          remedy: "Give it another id, or register it with `replace: true`.",
        },
      );
    }
    this.#agents.set(id, {
      agent: asPort(agent),
      source,
      ...(definition !== undefined && { definition }),
    });
    return this;
  }

  /** The agent of this id, else the fallback, else undefined. */
  get(id: string): AgentPort | undefined {
    return this.#agents.get(id)?.agent ?? this.fallback;
  }

  /** Is there an agent of just this id? The fallback does not count. */
  has(id: string): boolean {
    return this.#agents.has(id);
  }

  /** Who performs the steps of agents that are not named; kept under the id `*`. */
  get fallback(): AgentPort | undefined {
    return this.#agents.get(ANY_AGENT)?.agent;
  }

  set fallback(agent: Agent | undefined) {
    if (agent === undefined) this.#agents.delete(ANY_AGENT);
    else this.register(ANY_AGENT, agent, { replace: true });
  }

  /** What there is, in the order of registration, the fallback as `*`. */
  list(): AgentEntry[] {
    return [...this.#agents].map(([id, { agent, ...entry }]) => ({
      id,
      description: agent.description ?? "an agent of its own kind",
      ...entry,
      ...(isProgramAgent(agent) && { program: agent.program }),
      isInstalled: !isProgramAgent(agent) || agent.isInstalled(),
      isSimulated: isSimulatedAgent(agent),
    }));
  }

  /** The registered id that `id` was probably meant to be. */
  suggest(id: string): string | undefined {
    return closestWord(
      id,
      [...this.#agents.keys()].filter((known) => known !== ANY_AGENT),
    );
  }

  *[Symbol.iterator](): Generator<[string, AgentPort]> {
    for (const [id, { agent }] of this.#agents) yield [id, agent];
  }
}

function asPort(agent: Agent): AgentPort {
  if (typeof agent !== "function") return agent;
  return {
    description: agent.name === "" ? "a function" : `the function ${agent.name}`,
    execute: async (request) => agent(request),
  };
}

export interface DefinitionSource extends DefinitionPlace {
  /** What `list()` gives as the source, for example the path of the file. Default `workflow file`. */
  readonly source?: string;
}

/** The agents of a workflow's `agents:` map. */
export function registryFromDefinitions(
  definitions: Readonly<Record<string, AgentDefinition>>,
  { source = "workflow file", ...place }: DefinitionSource = {},
): AgentRegistry {
  const registry = new AgentRegistry();
  for (const [id, definition] of Object.entries(definitions)) {
    registry.register(id, agentFromDefinition(definition, id, place), { source, definition });
  }
  return registry;
}
