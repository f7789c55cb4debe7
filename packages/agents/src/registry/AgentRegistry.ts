import { type AgentDefinition, invisibleCharacterIn } from "@automatosx/schemas";
import { type Agent, type AgentPort, type Receiver, WorkflowError } from "@automatosx/workflow";
import {
  agent as agentCheck,
  anything,
  checkOptions,
  flag,
  members,
  must,
  type OptionChecks,
  path,
  record,
  text,
} from "@automatosx/workflow/checks";
import { Suggester } from "@automatosx/workflow/source";
import type { AgentDescription, DefinitionPlace } from "../AgentKind.js";
import { readReceivers, type WrittenReceivers } from "../agents-file/read-receivers.js";
import { asPort } from "../function/function-agent.js";
import { isProgramAgent } from "../process/process-agent.js";
import { isSimulatedAgent, taskTexts } from "../simulated/simulated-agent.js";
import { agentFromDefinition } from "./agent-from-definition.js";
import { describeDefinition } from "./kinds.js";

/** The id of the fallback agent, which is used for every id that is not registered. */
export const ANY_AGENT = "*";

/** One registered agent, as `list()` returns it. */
export interface AgentEntry extends AgentDescription {
  /** The id under which steps name the agent. */
  readonly id: string;
  /** Where the agent comes from: `code`, or the path of a file. */
  readonly source: string;
  /** The definition that it was made from, if it comes from a file. */
  readonly definition?: AgentDefinition;
}

/** How to register an agent. */
export interface RegisterOptions {
  /** Where the agent comes from. Default `code`. */
  readonly source?: string;
  /** The definition that the agent was made from. */
  readonly definition?: AgentDefinition;
  /** Where the definition was read. */
  readonly place?: DefinitionPlace;
  /** Whether to replace an existing agent with the same id rather than throw. Default false. */
  readonly replace?: boolean;
}

const agentId = must(
  "text of one character or more, all of which can be seen",
  (value) => typeof value === "string" && value !== "" && invisibleCharacterIn(value) === undefined,
  "Use the id that steps name as their `agentId`, or `*`.",
);

const PLACE_CHECKS: OptionChecks<DefinitionPlace> = {
  baseFolder: path,
  env: anything,
  workflow: taskTexts,
};

const REGISTER_CHECKS: OptionChecks<RegisterOptions> = {
  source: text,
  definition: record(),
  place: members(PLACE_CHECKS),
  replace: flag,
};

interface Registered extends Pick<RegisterOptions, "definition" | "place"> {
  readonly agent: AgentPort;
  readonly source: string;
}

/**
 * Agents by id. Pass `Object.fromEntries(registry)` to `WorkflowEngine.open({ agents })`.
 *
 * @example
 * const agents = new AgentRegistry();
 * agents.register("echo", ({ task }) => task);
 * agents.fallback = simulatedAgent();
 */
export class AgentRegistry implements Iterable<[string, AgentPort]> {
  readonly #agents = new Map<string, Registered>();
  #receivers: WrittenReceivers | undefined;

  /** Registers an agent. Throws `invalid_argument` if the id is taken and `replace` is not set. */
  register(id: string, agent: Agent, options: RegisterOptions = {}): this {
    agentId(id, "The agent id");
    agentCheck(agent, `The agent \`${id}\``);
    checkOptions<RegisterOptions>("register", options, REGISTER_CHECKS);
    const { source = "code", definition, place, replace = false } = options;
    const existing = this.#agents.get(id);
    if (existing !== undefined && !replace) {
      throw new WorkflowError(
        "invalid_argument",
        `An agent \`${id}\` is already registered (from ${existing.source}).`,
        { remedy: "Choose another id, or register it with `replace: true`." },
      );
    }
    this.#agents.set(id, {
      agent: asPort(agent),
      source,
      ...(definition !== undefined && { definition }),
      ...(place !== undefined && { place }),
    });
    return this;
  }

  /** Returns the agent with this id, or else the fallback, or else undefined. */
  get(id: string): AgentPort | undefined {
    return this.#agents.get(id)?.agent ?? this.fallback;
  }

  /** Whether an agent with exactly this id is registered. The fallback does not count. */
  has(id: string): boolean {
    return this.#agents.has(id);
  }

  /** The agent used for every id that is not registered; stored under the id `*`. */
  get fallback(): AgentPort | undefined {
    return this.#agents.get(ANY_AGENT)?.agent;
  }

  /** Sets the agent for ids that are not registered. */
  set fallback(agent: Agent | undefined) {
    if (agent === undefined) this.#agents.delete(ANY_AGENT);
    else this.register(ANY_AGENT, agent, { replace: true });
  }

  /**
   * Every registered agent, in registration order; the fallback has the id `*`. Programs are looked
   * up in the PATH of `env`.
   */
  list({ env }: Pick<DefinitionPlace, "env"> = {}): AgentEntry[] {
    return [...this.#agents].map(([id, { agent, source, definition, place }]) => ({
      id,
      source,
      ...(definition === undefined
        ? describePort(agent)
        : {
            definition,
            ...describeDefinition(definition, { ...place, ...(env !== undefined && { env }) }),
          }),
    }));
  }

  /**
   * The receivers of notices that the agents file declares, for `WorkflowEngine.open({ notify })`.
   * Secrets are read from `env`, by default the environment of this process.
   *
   * @throws WorkflowError `invalid_argument` for an environment variable that is not set
   */
  receivers({ env = process.env }: Pick<DefinitionPlace, "env"> = {}): readonly Receiver[] {
    return this.#receivers === undefined ? [] : readReceivers(this.#receivers, env);
  }

  /** Sets the receivers of an agents file. @internal */
  setReceivers(receivers: WrittenReceivers): void {
    this.#receivers = receivers;
  }

  /** The registered id that is most similar to a misspelt `id`. */
  suggest(id: string): string | undefined {
    const known = [...this.#agents.keys()].filter((key) => key !== ANY_AGENT);
    return new Suggester().nearest(id, known);
  }

  /** Yields each id with its agent. */
  *[Symbol.iterator](): Generator<[string, AgentPort]> {
    for (const [id, { agent }] of this.#agents) yield [id, agent];
  }
}

function describePort(agent: AgentPort): AgentDescription {
  return {
    description: agent.description ?? "an agent without a description",
    ...(isProgramAgent(agent) && { program: agent.program }),
    isInstalled: !isProgramAgent(agent) || agent.isInstalled(),
    isSimulated: isSimulatedAgent(agent),
  };
}

/** Where a registry's definitions come from. */
export interface DefinitionSource extends DefinitionPlace {
  /** The source that `list()` returns, such as the path of a file. Default `workflow file`. */
  readonly source?: string;
}

/** Returns the agents defined in a workflow's `agents:` map. */
export function registryFromDefinitions(
  definitions: Readonly<Record<string, AgentDefinition>>,
  options: DefinitionSource = {},
): AgentRegistry {
  checkOptions<DefinitionSource>("registryFromDefinitions", options, {
    ...PLACE_CHECKS,
    source: text,
  });
  const { source = "workflow file", ...place } = options;
  const registry = new AgentRegistry();
  for (const [id, definition] of Object.entries(definitions)) {
    const agent = agentFromDefinition(definition, id, place);
    registry.register(id, agent, { source, definition, place });
  }
  return registry;
}
